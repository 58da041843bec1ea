#include <linux/netlink.h>
#include <sys/socket.h>

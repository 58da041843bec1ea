#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_send_frames(int socket, const struct iovec *frames, unsigned int count) {
    struct mmsghdr messages[CLINUX_FRAMES_MAX];
    if (count > CLINUX_FRAMES_MAX) count = CLINUX_FRAMES_MAX;
    memset(messages, 0, count * sizeof messages[0]);
    for (unsigned int i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_iov = (struct iovec *)&frames[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int sent = sendmmsg(socket, messages, count, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

int clinux_receive_frames(int socket, struct iovec *slots, unsigned int count) {
    struct mmsghdr messages[CLINUX_FRAMES_MAX];
    if (count > CLINUX_FRAMES_MAX) count = CLINUX_FRAMES_MAX;
    memset(messages, 0, count * sizeof messages[0]);
    for (unsigned int i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_iov = &slots[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int received = recvmmsg(socket, messages, count, MSG_DONTWAIT | MSG_TRUNC, NULL);
    if (received < 0) return -errno;
    for (int i = 0; i < received; i++) slots[i].iov_len = messages[i].msg_len;
    return received;
}

/// An ioctl on the interface that `request` names, through a socket of its own.
static int interface_ioctl(const char *name, unsigned long command, struct ifreq *request) {
    int any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0) return -errno;
    memset(request->ifr_name, 0, IFNAMSIZ);
    strncpy(request->ifr_name, name, IFNAMSIZ - 1);
    int result = ioctl(any, command, request) < 0 ? -errno : 0;
    close(any);
    return result;
}

int clinux_interface_flags(const char *name) {
    struct ifreq request = {0};
    int result = interface_ioctl(name, SIOCGIFFLAGS, &request);
    return result < 0 ? result : (uint16_t)request.ifr_flags;
}

int clinux_interface_mtu(const char *name) {
    struct ifreq request = {0};
    int result = interface_ioctl(name, SIOCGIFMTU, &request);
    return result < 0 ? result : request.ifr_mtu;
}

int clinux_interface_index(const char *name) {
    struct ifreq request = {0};
    int result = interface_ioctl(name, SIOCGIFINDEX, &request);
    return result < 0 ? result : request.ifr_ifindex;
}

int clinux_interface_get_mac(const char *name, uint8_t address[6]) {
    struct ifreq request = {0};
    int result = interface_ioctl(name, SIOCGIFHWADDR, &request);
    memcpy(address, request.ifr_hwaddr.sa_data, 6);
    return result;
}

int clinux_interface_bring_up(const char *name) {
    struct ifreq request = {0};
    int result = interface_ioctl(name, SIOCGIFFLAGS, &request);
    if (result < 0) return result;
    request.ifr_flags |= IFF_UP;
    return interface_ioctl(name, SIOCSIFFLAGS, &request);
}

int clinux_interface_set_mtu(const char *name, int mtu) {
    struct ifreq request = {.ifr_mtu = mtu};
    return interface_ioctl(name, SIOCSIFMTU, &request);
}

int clinux_interface_set_queue_length(const char *name, int frames) {
    struct ifreq request = {.ifr_qlen = frames};
    return interface_ioctl(name, SIOCSIFTXQLEN, &request);
}

int clinux_interface_set_mac(const char *name, const uint8_t address[6]) {
    struct ifreq request = {.ifr_hwaddr = {.sa_family = ARPHRD_ETHER}};
    memcpy(request.ifr_hwaddr.sa_data, address, 6);
    return interface_ioctl(name, SIOCSIFHWADDR, &request);
}

int clinux_interface_queues(const char *name) {
    struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
    struct ifreq request = {.ifr_data = (char *)&channels};
    int result = interface_ioctl(name, SIOCETHTOOL, &request);
    if (result == -EOPNOTSUPP) return 1;
    if (result < 0) return result;
    return (int)(channels.rx_count + channels.combined_count);
}

int clinux_ethtool_get(const char *name, uint32_t command, uint32_t *value) {
    struct ethtool_value parameter = {.cmd = command};
    struct ifreq request = {.ifr_data = (char *)&parameter};
    int result = interface_ioctl(name, SIOCETHTOOL, &request);
    *value = parameter.data;
    return result;
}

int clinux_ethtool_set(const char *name, uint32_t command, uint32_t value) {
    struct ethtool_value parameter = {.cmd = command, .data = value};
    struct ifreq request = {.ifr_data = (char *)&parameter};
    return interface_ioctl(name, SIOCETHTOOL, &request);
}

int clinux_interface_tx_dropped(const char *name, uint64_t *dropped) {
    struct ifaddrs *all;
    if (getifaddrs(&all) < 0) return -errno;
    int result = -ENODEV;
    for (struct ifaddrs *each = all; each != NULL; each = each->ifa_next) {
        if (each->ifa_addr == NULL || each->ifa_addr->sa_family != AF_PACKET || each->ifa_data == NULL) continue;
        if (strcmp(each->ifa_name, name) != 0) continue;
        *dropped = ((const struct rtnl_link_stats *)each->ifa_data)->tx_dropped;
        result = 0;
        break;
    }
    freeifaddrs(all);
    return result;
}

int clinux_open_tap(const char *name) {
    int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap < 0) return -errno;
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (ioctl(tap, TUNSETIFF, &request) < 0) {
        int reason = errno;
        close(tap);
        return -reason;
    }
    return tap;
}

int clinux_enter_new_network_namespace(void) { return unshare(CLONE_NEWNET) < 0 ? -errno : 0; }

int clinux_give_up_privileges(void) {
    // The C library's own setresuid would have every thread follow.
    const uid_t nobody = 65534;
    return syscall(SYS_setresuid, nobody, nobody, nobody) < 0 ? -errno : 0;
}

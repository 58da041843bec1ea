#define _GNU_SOURCE
#include "CLinux.h"
#include "Port.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/// Ports that are read into slots of their own: a TAP interface and a UNIX socket of messages.
struct slots {
    char bytes[BATCH][SLOT];
    int listener, connection;
};

static int receive_from_tap(struct port *port, struct iovec *frames) {
    struct slots *slots = port->state;
    int count = 0;
    while (count < BATCH) {
        ssize_t length = read(port->descriptor, slots->bytes[count], SLOT);
        if (length <= 0) break;
        frames[count] = (struct iovec){slots->bytes[count], (size_t)length};
        count++;
    }
    return count;
}

static void send_to_tap(struct port *port, struct iovec *frames, int count) {
    for (int i = 0; i < count; i++)
        if (write(port->descriptor, frames[i].iov_base, frames[i].iov_len) < 0 && errno == EBADF) return;
}

static void close_tap(struct port *port) {
    close(port->descriptor);
    free(port->state);
}

int open_tap_port(struct port *port, const char *interface) {
    int descriptor = clinux_open_tap(interface);
    if (descriptor < 0) return descriptor;
    clinux_interface_set_queue_length(interface, 10000);
    clinux_interface_bring_up(interface);
    *port = (struct port){descriptor, receive_from_tap, NULL, send_to_tap, close_tap, calloc(1, sizeof(struct slots))};
    return 0;
}

static int receive_messages(struct port *port, struct iovec *frames) {
    struct slots *slots = port->state;
    if (slots->connection < 0) {
        slots->connection = accept4(slots->listener, NULL, NULL, SOCK_CLOEXEC);
        if (slots->connection < 0) return 0;
        struct epoll_event event = {.events = EPOLLIN};
        epoll_ctl(port->descriptor, EPOLL_CTL_DEL, slots->listener, NULL);
        epoll_ctl(port->descriptor, EPOLL_CTL_ADD, slots->connection, &event);
    }
    for (int i = 0; i < BATCH; i++) frames[i] = (struct iovec){slots->bytes[i], SLOT};
    int count = clinux_receive_frames(slots->connection, frames, BATCH);
    return count > 0 && frames[0].iov_len > 0 ? count : 0;
}

static void send_connected(struct port *port, struct iovec *frames, int count) {
    struct port connection = {.descriptor = ((struct slots *)port->state)->connection};
    if (connection.descriptor >= 0) send_messages(&connection, frames, count);
}

static void close_messages(struct port *port) {
    struct slots *slots = port->state;
    close(slots->connection);
    close(slots->listener);
    close(port->descriptor);
    free(slots);
}

int open_unix_port(struct port *port, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    unlink(path);
    struct slots *slots = calloc(1, sizeof *slots);
    slots->connection = -1;
    slots->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(slots->listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(slots->listener, 1) < 0) return -errno;
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(poller, EPOLL_CTL_ADD, slots->listener, &event);
    *port = (struct port){poller, receive_messages, NULL, send_connected, close_messages, slots};
    return 0;
}

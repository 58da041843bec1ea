#define _GNU_SOURCE
#include "CForwarder.h"
#include "Port.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

static int open_port(struct port *port, cforwarder_kind kind, const char *name) {
    switch (kind) {
    case CFORWARDER_PACKET: return open_packet_port(port, name);
    case CFORWARDER_PCAP: return open_pcap_port(port, name);
    case CFORWARDER_TAP: return open_tap_port(port, name);
    case CFORWARDER_XDP: return open_xdp_port(port, name);
    case CFORWARDER_UNIX: return open_unix_port(port, name);
    }
    return -EINVAL;
}

int cforwarder_run(
    cforwarder_kind left_kind, const char *left, cforwarder_kind right_kind, const char *right, int stop, void (*opened)(void *),
    void *context) {
    struct port ports[2] = {0};
    int poller = epoll_create1(EPOLL_CLOEXEC);
    int result = open_port(&ports[0], left_kind, left);
    if (result == 0) result = open_port(&ports[1], right_kind, right);
    if (result == 0) {
        int watched[3] = {ports[0].descriptor, ports[1].descriptor, stop};
        for (uint64_t i = 0; i < 3; i++) {
            struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
            if (epoll_ctl(poller, EPOLL_CTL_ADD, watched[i], &event) < 0) result = -errno;
        }
        opened(context);
    }
    struct iovec frames[BATCH];
    for (int running = result == 0; running;) {
        struct epoll_event events[3];
        int ready = epoll_wait(poller, events, 3, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.u64 == 2) {
                running = 0;
                break;
            }
            struct port *from = &ports[events[i].data.u64], *to = &ports[1 - events[i].data.u64];
            int count = from->receive(from, frames);
            if (count > 0) to->send(to, frames, count);
            if (from->release != NULL) from->release(from);
        }
    }
    for (int i = 0; i < 2; i++)
        if (ports[i].close != NULL) ports[i].close(&ports[i]);
    close(poller);
    return result;
}

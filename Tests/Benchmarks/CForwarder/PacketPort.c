#define _GNU_SOURCE
#include "Port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, BLOCKS = 64, SLOTS = BLOCK * BLOCKS / SLOT };

/// A TPACKET_V2 receive ring.
struct ring {
    char *memory;
    unsigned head, held;
};

static struct tpacket2_hdr *slot(struct ring *ring, unsigned index) {
    return (struct tpacket2_hdr *)(ring->memory + (size_t)(index % SLOTS) * SLOT);
}

static int receive(struct port *port, struct iovec *frames) {
    struct ring *ring = port->state;
    int count = 0;
    while (count < BATCH) {
        struct tpacket2_hdr *header = slot(ring, ring->head);
        if (!(__atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) break;
        frames[count++] = (struct iovec){(char *)header + header->tp_mac, header->tp_snaplen};
        ring->head++;
    }
    ring->held = (unsigned)count;
    return count;
}

static void release(struct port *port) {
    struct ring *ring = port->state;
    for (unsigned i = ring->head - ring->held; i != ring->head; i++)
        __atomic_store_n(&slot(ring, i)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

void send_messages(struct port *port, struct iovec *frames, int count) {
    struct mmsghdr messages[BATCH];
    memset(messages, 0, (size_t)count * sizeof messages[0]);
    for (int i = 0; i < count; i++) messages[i].msg_hdr = (struct msghdr){.msg_iov = &frames[i], .msg_iovlen = 1};
    for (int sent = 0; sent < count;) {
        int result = sendmmsg(port->descriptor, messages + sent, (unsigned)(count - sent), MSG_NOSIGNAL);
        if (result < 0) return;
        sent += result;
    }
}

static void close_port(struct port *port) {
    struct ring *ring = port->state;
    munmap(ring->memory, (size_t)BLOCK * BLOCKS);
    close(port->descriptor);
    free(ring);
}

int open_packet_port(struct port *port, const char *interface) {
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), version = TPACKET_V2, on = 1;
    if (descriptor < 0) return -errno;
    struct tpacket_req request = {BLOCK, BLOCKS, SLOT, SLOTS};
    setsockopt(descriptor, SOL_PACKET, PACKET_VERSION, &version, sizeof version);
    if (setsockopt(descriptor, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) < 0) return -errno;
    setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    setsockopt(descriptor, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    struct ring *ring = calloc(1, sizeof *ring);
    ring->memory = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, 0);
    if (ring->memory == MAP_FAILED) return -errno;
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(interface)};
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return -errno;
    *port = (struct port){descriptor, receive, release, send_messages, close_port, ring};
    return 0;
}

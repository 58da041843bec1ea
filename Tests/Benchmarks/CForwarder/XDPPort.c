#define _GNU_SOURCE
#include "CLinux.h"
#include "Port.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVED = 8192, SENT = 2048 };

struct ring {
    uint32_t *producer, *consumer, mask, position;
    void *entries, *memory;
    size_t size;
};

/// An AF_XDP socket in the kernel's generic mode.
struct xdp {
    char *memory;
    struct ring rx, fill, tx, completion;
    uint64_t free[SENT];
    int free_count, held, map, program, link;
};

static void map_ring(struct ring *ring, int socket, off_t page, struct xdp_ring_offset *at, uint32_t count, size_t entry) {
    size_t size = at->desc + count * entry;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, socket, page);
    uint32_t *producer = (uint32_t *)(memory + at->producer), *consumer = (uint32_t *)(memory + at->consumer);
    *ring = (struct ring){producer, consumer, count - 1, 0, memory + at->desc, memory, size};
}

static uint32_t load(uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static void store(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

static int receive(struct port *port, struct iovec *frames) {
    struct xdp *xdp = port->state;
    uint32_t waiting = load(xdp->rx.producer) - xdp->rx.position;
    int count = waiting > BATCH ? BATCH : (int)waiting;
    for (int i = 0; i < count; i++) {
        struct xdp_desc *entry = &((struct xdp_desc *)xdp->rx.entries)[xdp->rx.position++ & xdp->rx.mask];
        frames[i] = (struct iovec){xdp->memory + entry->addr, entry->len};
    }
    xdp->held = count;
    return count;
}

static void release(struct port *port) {
    struct xdp *xdp = port->state;
    for (uint32_t i = xdp->rx.position - (uint32_t)xdp->held; i != xdp->rx.position; i++) {
        uint64_t address = ((struct xdp_desc *)xdp->rx.entries)[i & xdp->rx.mask].addr & ~(uint64_t)(SLOT - 1);
        ((uint64_t *)xdp->fill.entries)[xdp->fill.position++ & xdp->fill.mask] = address;
    }
    store(xdp->fill.producer, xdp->fill.position);
    store(xdp->rx.consumer, xdp->rx.position);
}

static void send_frames(struct port *port, struct iovec *frames, int count) {
    struct xdp *xdp = port->state;
    for (int i = 0; i < count && xdp->free_count > 0; i++) {
        uint64_t chunk = xdp->free[--xdp->free_count];
        memcpy(xdp->memory + chunk, frames[i].iov_base, frames[i].iov_len);
        ((struct xdp_desc *)xdp->tx.entries)[xdp->tx.position++ & xdp->tx.mask] =
            (struct xdp_desc){.addr = chunk, .len = (uint32_t)frames[i].iov_len};
    }
    store(xdp->tx.producer, xdp->tx.position);
    while (load(xdp->tx.consumer) != xdp->tx.position)
        if (sendto(port->descriptor, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN && errno != EINTR) break;
    uint32_t sent = load(xdp->completion.producer) - xdp->completion.position;
    while (sent-- > 0)
        xdp->free[xdp->free_count++] = ((uint64_t *)xdp->completion.entries)[xdp->completion.position++ & xdp->completion.mask];
    store(xdp->completion.consumer, xdp->completion.position);
}

static void close_port(struct port *port) {
    struct xdp *xdp = port->state;
    close(xdp->link);
    close(xdp->program);
    close(xdp->map);
    close(port->descriptor);
    struct ring *rings[] = {&xdp->rx, &xdp->fill, &xdp->tx, &xdp->completion};
    for (int i = 0; i < 4; i++) munmap(rings[i]->memory, rings[i]->size);
    munmap(xdp->memory, (size_t)(RECEIVED + SENT) * SLOT);
    free(xdp);
}

/// Hands every frame to the socket of its queue: r2 = rx_queue_index; r1 = map; r3 = XDP_PASS; return bpf_redirect_map(r1, r2, r3).
static int attach(struct xdp *xdp, int socket, int index) {
    xdp->map = clinux_bpf_create_map(BPF_MAP_TYPE_XSKMAP, sizeof(int), 1, 0);
    clinux_bpf_set_descriptor(xdp->map, 0, socket);
    uint64_t program[] = {0x0000000000101261, 0x0000000000001118 | (uint64_t)xdp->map << 32, 0, 0x00000002000003b7, 0x0000003300000085, 0x95};
    xdp->program = clinux_bpf_load(BPF_PROG_TYPE_XDP, program, 6);
    xdp->link = clinux_bpf_attach_xdp(xdp->program, index, XDP_FLAGS_SKB_MODE);
    return xdp->link < 0 ? xdp->link : 0;
}

int open_xdp_port(struct port *port, const char *interface) {
    int descriptor = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), received = RECEIVED, sent = SENT, buffer = 8 << 20;
    if (descriptor < 0) return -errno;
    struct xdp *xdp = calloc(1, sizeof *xdp);
    size_t size = (size_t)(RECEIVED + SENT) * SLOT;
    xdp->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct xdp_umem_reg registration = {.addr = (uintptr_t)xdp->memory, .len = size, .chunk_size = SLOT};
    if (setsockopt(descriptor, SOL_XDP, XDP_UMEM_REG, &registration, sizeof registration) < 0) return -errno;
    setsockopt(descriptor, SOL_XDP, XDP_RX_RING, &received, sizeof received);
    setsockopt(descriptor, SOL_XDP, XDP_UMEM_FILL_RING, &received, sizeof received);
    setsockopt(descriptor, SOL_XDP, XDP_TX_RING, &sent, sizeof sent);
    setsockopt(descriptor, SOL_XDP, XDP_UMEM_COMPLETION_RING, &sent, sizeof sent);
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof buffer);
    struct xdp_mmap_offsets at;
    socklen_t length = sizeof at;
    if (getsockopt(descriptor, SOL_XDP, XDP_MMAP_OFFSETS, &at, &length) < 0) return -errno;
    map_ring(&xdp->rx, descriptor, XDP_PGOFF_RX_RING, &at.rx, RECEIVED, sizeof(struct xdp_desc));
    map_ring(&xdp->fill, descriptor, XDP_UMEM_PGOFF_FILL_RING, &at.fr, RECEIVED, sizeof(uint64_t));
    map_ring(&xdp->tx, descriptor, XDP_PGOFF_TX_RING, &at.tx, SENT, sizeof(struct xdp_desc));
    map_ring(&xdp->completion, descriptor, XDP_UMEM_PGOFF_COMPLETION_RING, &at.cr, SENT, sizeof(uint64_t));
    for (uint64_t i = 0; i < SENT; i++) xdp->free[xdp->free_count++] = (RECEIVED + i) * SLOT;
    for (uint64_t i = 0; i < RECEIVED; i++) ((uint64_t *)xdp->fill.entries)[xdp->fill.position++ & xdp->fill.mask] = i * SLOT;
    store(xdp->fill.producer, xdp->fill.position);
    int index = (int)if_nametoindex(interface);
    struct sockaddr_xdp address = {.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY, .sxdp_ifindex = (uint32_t)index};
    // The kernel takes a moment to free the queue of a socket that was closed.
    int bound = -1;
    for (int tries = 0; tries < 200 && (bound = bind(descriptor, (struct sockaddr *)&address, sizeof address)) < 0 && errno == EBUSY; tries++)
        usleep(10000);
    if (bound < 0) return -errno;
    *port = (struct port){descriptor, receive, release, send_frames, close_port, xdp};
    return attach(xdp, descriptor, index);
}

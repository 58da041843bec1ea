#include "Port.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

/// A libpcap handle, and room for the frames that it lends for a moment only.
struct capture {
    pcap_t *handle;
    struct iovec *frames;
    int count;
    char slots[BATCH][SLOT];
};

static void take(u_char *target, const struct pcap_pkthdr *header, const u_char *bytes) {
    struct capture *capture = (struct capture *)target;
    char *slot = capture->slots[capture->count];
    memcpy(slot, bytes, header->caplen);
    capture->frames[capture->count++] = (struct iovec){slot, header->caplen};
}

static int receive(struct port *port, struct iovec *frames) {
    struct capture *capture = port->state;
    capture->frames = frames;
    capture->count = 0;
    pcap_dispatch(capture->handle, BATCH, take, (u_char *)capture);
    return capture->count;
}

static void send_frames(struct port *port, struct iovec *frames, int count) {
    struct capture *capture = port->state;
    for (int i = 0; i < count; i++) pcap_inject(capture->handle, frames[i].iov_base, frames[i].iov_len);
}

static void close_port(struct port *port) {
    struct capture *capture = port->state;
    pcap_close(capture->handle);
    free(capture);
}

int open_pcap_port(struct port *port, const char *interface) {
    char message[PCAP_ERRBUF_SIZE];
    pcap_t *handle = pcap_create(interface, message);
    if (handle == NULL) return -ENODEV;
    pcap_set_snaplen(handle, SLOT);
    pcap_set_promisc(handle, 1);
    pcap_set_immediate_mode(handle, 1);
    pcap_set_buffer_size(handle, 16 << 20);
    if (pcap_activate(handle) < 0) return -EIO;
    pcap_setdirection(handle, PCAP_D_IN);
    pcap_setnonblock(handle, 1, message);
    struct capture *capture = calloc(1, sizeof *capture);
    capture->handle = handle;
    *port = (struct port){pcap_get_selectable_fd(handle), receive, NULL, send_frames, close_port, capture};
    return 0;
}

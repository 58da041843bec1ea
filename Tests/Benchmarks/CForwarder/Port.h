// A port of the minimal forwarder: batches of frames, as little as there can be.

#ifndef PORT_H
#define PORT_H

#include <stdint.h>
#include <sys/uio.h>

enum { BATCH = 64, SLOT = 2048 };

struct port {
    /// Readable when frames wait.
    int descriptor;
    /// Takes what waits, at most BATCH frames; they stay until `release`.
    int (*receive)(struct port *, struct iovec *frames);
    void (*release)(struct port *);
    void (*send)(struct port *, struct iovec *frames, int count);
    void (*close)(struct port *);
    void *state;
};

int open_packet_port(struct port *port, const char *interface);
int open_pcap_port(struct port *port, const char *interface);
int open_tap_port(struct port *port, const char *interface);
int open_xdp_port(struct port *port, const char *interface);
int open_unix_port(struct port *port, const char *path);

/// Sends with sendmmsg.
void send_messages(struct port *port, struct iovec *frames, int count);

#endif

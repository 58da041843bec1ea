// The few lines of Linux that Swift cannot say: functions behind _GNU_SOURCE, macros with casts, and struct ifreq's unions.
//
// Functions return a non-negative result, or a negated errno.

#ifndef CLINUX_H
#define CLINUX_H

#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

#include "CLinuxBPF.h"

enum {
    /// Where a TPACKET_V2 slot's link-layer address ends (TPACKET2_HDRLEN).
    CLINUX_TPACKET2_HDRLEN = (int)TPACKET2_HDRLEN,
};

/// Sends `count` frames (at most CLINUX_FRAMES_MAX) with one sendmmsg; returns how many went.
int clinux_send_frames(int socket, const struct iovec *frames, unsigned int count);
enum { CLINUX_FRAMES_MAX = 64 };

/// Receives what waits, at most `count` messages (at most CLINUX_FRAMES_MAX), with one recvmmsg; returns how many came and leaves their
/// lengths in `slots`. A length beyond its slot's tells that the message was cut.
int clinux_receive_frames(int socket, struct iovec *slots, unsigned int count);

/// The flags, MTU, index or Ethernet address of a network interface.
int clinux_interface_flags(const char *name);
int clinux_interface_mtu(const char *name);
int clinux_interface_index(const char *name);
int clinux_interface_get_mac(const char *name, uint8_t address[6]);

/// How many receive queues an interface has, 1 where its driver knows of none.
int clinux_interface_queues(const char *name);

/// Changes to a network interface.
int clinux_interface_bring_up(const char *name);
int clinux_interface_set_mtu(const char *name, int mtu);
int clinux_interface_set_queue_length(const char *name, int frames);
int clinux_interface_set_mac(const char *name, const uint8_t address[6]);

/// The value of an ETHTOOL_G… command that returns one word, and the ETHTOOL_S… command that sets it.
int clinux_ethtool_get(const char *name, uint32_t command, uint32_t *value);
int clinux_ethtool_set(const char *name, uint32_t command, uint32_t value);

/// Frames that the kernel dropped on the way out of an interface (its tx_dropped), which for a TAP is towards its reader.
int clinux_interface_tx_dropped(const char *name, uint64_t *dropped);

/// Opens the TAP interface `name`, creating it if there is none; returns its non-blocking descriptor.
int clinux_open_tap(const char *name);

/// Moves the calling thread, and no other, into a new network namespace.
int clinux_enter_new_network_namespace(void);

/// Makes the calling thread, and no other, one of a user without privileges, for good.
int clinux_give_up_privileges(void);

#endif

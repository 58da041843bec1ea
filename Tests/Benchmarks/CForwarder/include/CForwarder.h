// What the agent's shims are measured against: the least that moves frames between two ports in C, with the same system calls.

#ifndef CFORWARDER_H
#define CFORWARDER_H

#include <stddef.h>
#include <stdint.h>

/// How a port of the forwarder moves frames.
typedef enum { CFORWARDER_PACKET, CFORWARDER_PCAP, CFORWARDER_TAP, CFORWARDER_XDP, CFORWARDER_UNIX } cforwarder_kind;

/// Forwards frames both ways on the calling thread until `stop` is readable; `opened` is called once, when both ports are open.
///
/// A name is an interface's, or of CFORWARDER_UNIX a path at which the forwarder listens. Returns 0, or a negated errno.
int cforwarder_run(
    cforwarder_kind left_kind, const char *left, cforwarder_kind right_kind, const char *right, int stop, void (*opened)(void *),
    void *context);

#endif

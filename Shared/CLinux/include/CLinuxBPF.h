// The bpf(2) commands that loading and attaching an XDP program takes; union bpf_attr is more than Swift can say.
//
// Functions return a non-negative result, or a negated errno.

#ifndef CLINUX_BPF_H
#define CLINUX_BPF_H

#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdint.h>

/// Makes a map with 32-bit keys (BPF_MAP_CREATE).
int clinux_bpf_create_map(uint32_t type, uint32_t value_size, uint32_t entries, uint32_t flags);

/// Sets an entry of a map that holds descriptors (BPF_MAP_UPDATE_ELEM).
int clinux_bpf_set_descriptor(int map, uint32_t key, int value);

/// Loads a program of BPF_PROG_TYPE_… (BPF_PROG_LOAD).
int clinux_bpf_load(uint32_t type, const uint64_t *instructions, uint32_t count);

/// Attaches a loaded program to an interface, with XDP_FLAGS_…, for as long as the returned descriptor is open (BPF_LINK_CREATE).
int clinux_bpf_attach_xdp(int program, int interface_index, uint32_t flags);

#endif

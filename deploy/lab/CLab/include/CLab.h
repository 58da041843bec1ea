#ifndef SHARP_CLAB_H
#define SHARP_CLAB_H

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/wait.h>

/// Receives, without waiting, up to `capacity` packets into consecutive slots of `stride` bytes.
/// Returns how many came (0 when none is there), or -1 with errno. A packet longer than its slot has the length it had on the wire.
int lab_receive_batch(int fd, uint8_t *slots, size_t stride, uint32_t *lengths, unsigned int capacity);

/// Sends `count` packets from consecutive slots of `stride` bytes, in order, waiting for room.
/// Returns how many the kernel refused, with the last reason in errno.
int lab_send_batch(int fd, const uint8_t *slots, size_t stride, const uint32_t *lengths, unsigned int count);

/// Starts a program found on PATH with the three standard descriptors, no other descriptor, and no signal blocked.
/// Returns 0 and the process id, or an errno.
int lab_spawn(pid_t *pid, char *const arguments[], char *const environment[], int input, int output, int error);

/// Keeps the calling thread on one processor, and has it run before all threads that are not in real time.
/// Returns 0 or an errno.
int lab_go_before_others(int processor);

/// The status of a process that exited by itself, or -1 if a signal ended it.
int lab_exit_status(int wait_status);

#endif

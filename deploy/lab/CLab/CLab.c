#define _GNU_SOURCE
#include "CLab.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>

#define BATCH_LIMIT 64

int lab_receive_batch(int fd, uint8_t *slots, size_t stride, uint32_t *lengths, unsigned int capacity) {
    struct mmsghdr headers[BATCH_LIMIT];
    struct iovec parts[BATCH_LIMIT];
    if (capacity > BATCH_LIMIT) capacity = BATCH_LIMIT;
    memset(headers, 0, sizeof headers[0] * capacity);
    for (unsigned int i = 0; i < capacity; i++) {
        parts[i].iov_base = slots + i * stride;
        parts[i].iov_len = stride;
        headers[i].msg_hdr.msg_iov = &parts[i];
        headers[i].msg_hdr.msg_iovlen = 1;
    }
    int received;
    do {
        received = recvmmsg(fd, headers, capacity, MSG_DONTWAIT | MSG_TRUNC, NULL);
    } while (received < 0 && (errno == EINTR || errno == ECONNREFUSED));
    if (received < 0) return errno == EAGAIN ? 0 : -1;
    for (int i = 0; i < received; i++) lengths[i] = headers[i].msg_len;
    return received;
}

int lab_send_batch(int fd, const uint8_t *slots, size_t stride, const uint32_t *lengths, unsigned int count) {
    struct mmsghdr headers[BATCH_LIMIT];
    struct iovec parts[BATCH_LIMIT];
    int refused = 0, reason = 0;
    while (count > 0) {
        unsigned int size = count < BATCH_LIMIT ? count : BATCH_LIMIT;
        memset(headers, 0, sizeof headers[0] * size);
        for (unsigned int i = 0; i < size; i++) {
            parts[i].iov_base = (void *)(slots + i * stride);
            parts[i].iov_len = lengths[i];
            headers[i].msg_hdr.msg_iov = &parts[i];
            headers[i].msg_hdr.msg_iovlen = 1;
        }
        int sent = sendmmsg(fd, headers, size, 0);
        if (sent < 0) {
            if (errno == EINTR || errno == ECONNREFUSED) continue;
            reason = errno;
            refused++;
            sent = 1;
        }
        slots += (size_t)sent * stride;
        lengths += sent;
        count -= (unsigned int)sent;
    }
    errno = reason;
    return refused;
}

int lab_spawn(pid_t *pid, char *const arguments[], char *const environment[], int input, int output, int error) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, 0);
    posix_spawn_file_actions_adddup2(&files, output, 1);
    posix_spawn_file_actions_adddup2(&files, error, 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int failure = posix_spawnp(pid, arguments[0], &files, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failure;
}

int lab_go_before_others(int processor) {
    cpu_set_t processors;
    CPU_ZERO(&processors);
    CPU_SET(processor, &processors);
    struct sched_param priority = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
    int failure = pthread_setaffinity_np(pthread_self(), sizeof processors, &processors);
    return failure != 0 ? failure : pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority);
}

int lab_exit_status(int wait_status) {
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
}

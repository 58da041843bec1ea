#pragma once

#include <zmq.h>

/* Not in Swift's Glibc module; the bus thread is woken through one. */
#include <sys/eventfd.h>

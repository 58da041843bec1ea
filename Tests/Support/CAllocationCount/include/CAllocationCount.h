// Counts the calling thread's allocations, by standing in for malloc and its relatives in the test process.

#ifndef CALLOCATIONCOUNT_H
#define CALLOCATIONCOUNT_H

/// How often the calling thread asked for memory so far.
unsigned long allocations_of_this_thread(void);

#endif

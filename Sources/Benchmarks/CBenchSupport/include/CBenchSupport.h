#ifndef TETIK_CBENCHSUPPORT_H
#define TETIK_CBENCHSUPPORT_H
#include <stdint.h>

/* Says whether calls are counted from now on; 0 at the start. */
void tetik_count_allocations(int wanted);

/* Calls of malloc, calloc, realloc, memalign and their kin by this process that were counted so far. */
uint64_t tetik_allocation_count(void);
#endif

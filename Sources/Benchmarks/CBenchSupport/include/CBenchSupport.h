#ifndef TETIK_CBENCHSUPPORT_H
#define TETIK_CBENCHSUPPORT_H
#include <stdint.h>

/* Calls of malloc, calloc, realloc, memalign and their kin by this process so far. */
uint64_t tetik_allocation_count(void);
#endif

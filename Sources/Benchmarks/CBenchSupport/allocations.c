#include "CBenchSupport.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

/* The executable's own malloc comes before glibc's, for all its libraries too. Source: glibc manual, "Replacing
   malloc"; the __libc_ names are glibc's own, exported for this. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Atomic uint64_t count;
/* Off, all threads only read it: counting together would slow down what is measured beside. */
static _Atomic int is_counting;

void tetik_count_allocations(int wanted) { atomic_store_explicit(&is_counting, wanted, memory_order_relaxed); }

uint64_t tetik_allocation_count(void) { return atomic_load_explicit(&count, memory_order_relaxed); }

static void note(void) {
    if (atomic_load_explicit(&is_counting, memory_order_relaxed))
        atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    note();
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    note();
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    note();
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

// An executable's own malloc stands before that of the C library, also for shared libraries. It counts and passes on.
#include "AllocationCount.h"

#include <features.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(__GLIBC__)
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static bool counting;
static long calls;

static inline void note(void) {
    if (__builtin_expect(__atomic_load_n(&counting, __ATOMIC_RELAXED), 0)) {
        __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
    }
}

void *malloc(size_t size) { note(); return __libc_malloc(size); }
void *calloc(size_t count, size_t size) { note(); return __libc_calloc(count, size); }
void *realloc(void *memory, size_t size) { note(); return __libc_realloc(memory, size); }
void *memalign(size_t alignment, size_t size) { note(); return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { note(); return __libc_memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    note();
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? 12 : 0;  // ENOMEM
}

void allocation_count_start(void) {
    __atomic_store_n(&calls, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&counting, true, __ATOMIC_RELAXED);
}

long allocation_count_stop(void) {
    __atomic_store_n(&counting, false, __ATOMIC_RELAXED);
    return __atomic_load_n(&calls, __ATOMIC_RELAXED);
}
#else
void allocation_count_start(void) {}
long allocation_count_stop(void) { return -1; }
#endif

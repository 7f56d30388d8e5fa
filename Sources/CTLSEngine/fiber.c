// A stack of its own for a handshake whose key lives elsewhere, so that it can wait in the middle of OpenSSL for the
// signature. Not OpenSSL's async jobs: those crash when another thread takes them up again, and their stacks are small.
#define _DEFAULT_SOURCE 1  // MAP_ANONYMOUS
#include "engine.h"
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

// OpenSSL needs about 10 KiB here. Pages are touched only when they are used.
#define STACK_LENGTH ((size_t)128 * 1024)

struct v2g_fiber {
    ucontext_t caller, own;
    uint8_t *memory;
    size_t length;
    v2g_tls *tls;
    int is_done, result;
};

static void run(unsigned high, unsigned low) {
    // makecontext passes integers only.
    v2g_fiber *fiber = (v2g_fiber *)(uintptr_t)((uint64_t)high << 32 | low);
    fiber->result = SSL_do_handshake(fiber->tls->ssl);
    fiber->is_done = 1;
    // Returning goes on at uc_link, the caller of the last resume.
}

static v2g_fiber *fiber_new(v2g_tls *tls) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    v2g_fiber *fiber = OPENSSL_zalloc(sizeof *fiber);
    if (fiber == NULL) return NULL;
    fiber->length = STACK_LENGTH + page;
    void *memory = mmap(NULL, fiber->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        OPENSSL_free(fiber);
        return NULL;
    }
    fiber->memory = memory;
    fiber->tls = tls;
    // The lowest page is a guard: an overflow ends the process instead of writing into its neighbor.
    if (mprotect(memory, page, PROT_NONE) != 0 || getcontext(&fiber->own) != 0) {
        munmap(memory, fiber->length);
        OPENSSL_free(fiber);
        return NULL;
    }
    fiber->own.uc_stack.ss_sp = fiber->memory + page;
    fiber->own.uc_stack.ss_size = STACK_LENGTH;
    fiber->own.uc_link = &fiber->caller;
    uint64_t address = (uint64_t)(uintptr_t)fiber;
    makecontext(&fiber->own, (void (*)(void))run, 2, (unsigned)(address >> 32), (unsigned)address);
    return fiber;
}

void v2g_fiber_free(v2g_fiber *fiber) {
    if (fiber == NULL) return;
    // Frames of OpenSSL with parts of secrets were here.
    size_t page = fiber->length - STACK_LENGTH;
    OPENSSL_cleanse(fiber->memory + page, STACK_LENGTH);
    munmap(fiber->memory, fiber->length);
    OPENSSL_free(fiber);
}

int v2g_fiber_handshake(v2g_tls *tls, int *result) {
    if (tls->fiber == NULL && (tls->fiber = fiber_new(tls)) == NULL) return 0;
    v2g_fiber *fiber = tls->fiber;
    if (swapcontext(&fiber->caller, &fiber->own) != 0) return 0;
    if (!fiber->is_done) {
        *result = -1;
        return 1;
    }
    *result = fiber->result;
    tls->fiber = NULL;
    v2g_fiber_free(fiber);
    return 1;
}

int v2g_fiber_wait(v2g_tls *tls) {
    v2g_fiber *fiber = tls->fiber;
    return fiber != NULL && swapcontext(&fiber->own, &fiber->caller) == 0;
}

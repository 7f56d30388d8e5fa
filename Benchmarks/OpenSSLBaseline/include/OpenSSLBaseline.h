// The benchmarks' peer: what a careful C program does with OpenSSL's library to answer a certification request.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct v2g_baseline v2g_baseline;

/// Reads the issuer once. `pattern` is a certificate of the same profile: its constant extensions are copied.
/// `digest_bits` is 256, 512, or 0 for Ed448. NULL when anything cannot be read.
v2g_baseline *_Nullable v2g_baseline_new(
    const uint8_t *_Nonnull issuer, size_t issuer_length, const uint8_t *_Nonnull key_pem, size_t key_length,
    const uint8_t *_Nonnull pattern, size_t pattern_length, int digest_bits);
void v2g_baseline_free(v2g_baseline *_Nullable baseline);

/// Reads a request, checks its signature, builds a certificate with the same extensions, signs and encodes it.
/// Returns the length written to `out`, 0 on any failure.
size_t v2g_baseline_issue(
    v2g_baseline *_Nonnull baseline, const uint8_t *_Nonnull request, size_t length, uint8_t *_Nonnull out,
    size_t capacity);

/// One signature and one verification with a ready key, as often as asked; 0 on failure.
int v2g_baseline_sign(v2g_baseline *_Nonnull baseline, const uint8_t *_Nonnull message, size_t length, int times);
int v2g_baseline_verify(v2g_baseline *_Nonnull baseline, const uint8_t *_Nonnull message, size_t length, int times);

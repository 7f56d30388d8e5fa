// Octets between the caller and OpenSSL: a BIO over two buffers of the connection.
#include "engine.h"
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <string.h>

int v2g_buffer_append(v2g_buffer *buffer, const void *bytes, size_t length) {
    if (length == 0) return 1;
    if (length > ((size_t)1 << 30) || v2g_buffer_count(buffer) > ((size_t)1 << 30)) return 0;
    if (buffer->capacity - buffer->end < length) {
        size_t count = v2g_buffer_count(buffer);
        if (buffer->start > 0 && count > 0) memmove(buffer->bytes, buffer->bytes + buffer->start, count);
        buffer->start = 0;
        buffer->end = count;
        if (buffer->capacity - count < length) {
            size_t capacity = count + length < 1024 ? 1024 : (count + length) * 5 / 4;
            uint8_t *bytes = OPENSSL_realloc(buffer->bytes, capacity);
            if (bytes == NULL) return 0;
            buffer->bytes = bytes;
            buffer->capacity = capacity;
        }
    }
    memcpy(buffer->bytes + buffer->end, bytes, length);
    buffer->end += length;
    return 1;
}

void v2g_buffer_consume(v2g_buffer *buffer, size_t length) {
    buffer->start += length;
    if (buffer->start < buffer->end) return;
    buffer->start = buffer->end = 0;
    // A charge loop has small messages; what a handshake needed is given back.
    if (buffer->capacity > 2048) v2g_buffer_release(buffer);
}

void v2g_buffer_release(v2g_buffer *buffer) {
    OPENSSL_free(buffer->bytes);
    memset(buffer, 0, sizeof *buffer);
}

static int bio_write(BIO *bio, const char *bytes, size_t length, size_t *written) {
    v2g_tls *tls = BIO_get_data(bio);
    *written = 0;
    if (!v2g_buffer_append(&tls->output, bytes, length)) return 0;
    *written = length;
    return 1;
}

static int bio_read(BIO *bio, char *into, size_t capacity, size_t *count) {
    v2g_tls *tls = BIO_get_data(bio);
    size_t available = v2g_buffer_count(&tls->input);
    BIO_clear_retry_flags(bio);
    *count = 0;
    if (available == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    if (available > capacity) available = capacity;
    memcpy(into, tls->input.bytes + tls->input.start, available);
    v2g_buffer_consume(&tls->input, available);
    *count = available;
    return 1;
}

static long bio_control(BIO *bio, int command, long number, void *pointer) {
    v2g_tls *tls = BIO_get_data(bio);
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_PENDING: return (long)v2g_buffer_count(&tls->input);
    case BIO_CTRL_WPENDING: return (long)v2g_buffer_count(&tls->output);
    default: return 0;
    }
}

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static BIO_METHOD *method = NULL;

static void make_method(void) {
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "v2g memory");
    if (made == NULL) return;
    if (!BIO_meth_set_write_ex(made, bio_write) || !BIO_meth_set_read_ex(made, bio_read)
        || !BIO_meth_set_ctrl(made, bio_control)) {
        BIO_meth_free(made);
        return;
    }
    method = made;
}

BIO *v2g_bio_new(v2g_tls *tls) {
    if (!CRYPTO_THREAD_run_once(&once, make_method) || method == NULL) return NULL;
    BIO *bio = BIO_new(method);
    if (bio == NULL) return NULL;
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    return bio;
}

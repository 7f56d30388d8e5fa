// Shared by the files of this target.
#pragma once
#include "CTLSEngine.h"
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>

// Octets that wait: written at the end, read from `start`.
typedef struct {
    uint8_t *bytes;
    size_t start, end, capacity;
} v2g_buffer;

int v2g_buffer_append(v2g_buffer *buffer, const void *bytes, size_t length);
void v2g_buffer_consume(v2g_buffer *buffer, size_t length);
void v2g_buffer_release(v2g_buffer *buffer);
static inline size_t v2g_buffer_count(const v2g_buffer *buffer) { return buffer->end - buffer->start; }

struct v2g_tls_context {
    SSL_CTX *ssl;
    int is_server;
    int asks_status;
    int has_certificate;
    int is_key_external;
    v2g_tls_judge judge;
    uint8_t *trusted_authorities;
    size_t trusted_authorities_length;
};

typedef enum { V2G_SIGNATURE_NONE, V2G_SIGNATURE_AWAITED, V2G_SIGNATURE_GIVEN, V2G_SIGNATURE_REFUSED } v2g_signature_state;
typedef enum { V2G_ANSWER_NONE, V2G_ANSWER_AWAITED, V2G_ANSWER_GIVEN, V2G_ANSWER_REFUSED } v2g_answer_state;

typedef struct v2g_fiber v2g_fiber;

struct v2g_tls {
    SSL *ssl;
    v2g_tls_context *context;
    void *owner;
    v2g_buffer input, output, key_log;
    // The decisions of the owner.
    v2g_answer_state hello, certificate;
    int hello_alert;
    int acknowledges_trusted_authorities, was_acknowledged;
    // The peer.
    uint8_t *peer_message;
    size_t peer_message_length;
    int is_peer_accepted, is_judgement_due, deferred_alert, rewritten_alert;
    // Staples to send.
    uint8_t **staples;
    size_t *staple_lengths;
    size_t staple_count;
    int staples_sent;
    // The signature of a key that lives elsewhere.
    v2g_fiber *fiber;
    int uses_fiber;
    v2g_signature_state signature_state;
    const uint8_t *to_sign;
    size_t to_sign_length;
    uint8_t signature[160];
    size_t signature_length;
    // The end.
    int alert_sent, alert_received, is_failed;
    v2g_tls_failure failure;
    char failure_text[200];
};

// The library context that holds the default provider and the one of keys that live elsewhere. NULL when it cannot be.
OSSL_LIB_CTX *v2g_library(void);
// A key of which only the public half is here. Signatures are asked of the connection at work on this thread.
EVP_PKEY *v2g_external_key(int curve, const uint8_t *public_key, size_t length);
// The connection at work on this thread, for the provider.
extern _Thread_local v2g_tls *v2g_connection_at_work;
// Implementations of OpenSSL's own come first; ours is found by the name that only it has.
#define V2G_PROPERTIES "?provider=default"

// Starts or resumes the handshake on a stack of its own. 0: it could not be. The result is OpenSSL's, or -1 while a
// signature is awaited.
int v2g_fiber_handshake(v2g_tls *tls, int *result);
// From within: gives back to the caller of the above until it is called again.
int v2g_fiber_wait(v2g_tls *tls);
void v2g_fiber_free(v2g_fiber *fiber);

// Callbacks of connections.
int v2g_on_hello(SSL *ssl, int *alert, void *argument);
int v2g_on_certificate(SSL *ssl, void *argument);
int v2g_on_verify(X509_STORE_CTX *store, void *argument);
int v2g_on_server_status(SSL *ssl, void *argument);
int v2g_on_client_status(SSL *ssl, void *argument);
void v2g_on_message(
    int is_written, int version, int type, const void *bytes, size_t length, SSL *ssl, void *argument);
void v2g_on_information(const SSL *ssl, int where, int value);
void v2g_on_key_log(const SSL *ssl, const char *line);
int v2g_on_trusted_authorities_add(
    SSL *ssl, unsigned type, unsigned where, const unsigned char **out, size_t *length, X509 *certificate, size_t index,
    int *alert, void *argument);
int v2g_on_trusted_authorities_parse(
    SSL *ssl, unsigned type, unsigned where, const unsigned char *bytes, size_t length, X509 *certificate, size_t index,
    int *alert, void *argument);
BIO *v2g_bio_new(v2g_tls *tls);
void v2g_forget_peer_message(v2g_tls *tls);

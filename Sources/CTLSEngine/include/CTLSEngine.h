// TLS of the charging cable on OpenSSL 3, cut down to what V2GTLS asks for. No type of OpenSSL shows here: Swift sees
// two opaque handles, numbers and byte ranges. All decisions (which chain, which edition, whether a peer is trusted) are
// made by the caller: the handshake stops where one is due and goes on when it was answered.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct v2g_tls_context v2g_tls_context;
typedef struct v2g_tls v2g_tls;

// What a call came to.
typedef enum {
    V2G_TLS_OK = 0,
    V2G_TLS_WANT_INPUT,
    V2G_TLS_WANT_HELLO_ANSWER,        // server: look at the ClientHello, then v2g_tls_answer_hello or v2g_tls_refuse_hello
    V2G_TLS_WANT_CERTIFICATE_ANSWER,  // client: look at the authorities asked for, then v2g_tls_answer_certificate
    V2G_TLS_WANT_SIGNATURE,           // a key outside this process: v2g_tls_to_sign, then v2g_tls_provide_signature
    V2G_TLS_PEER_CLOSED,
    V2G_TLS_FAILED
} v2g_tls_status;

// Why a handshake or a connection failed.
typedef enum {
    V2G_TLS_FAILURE_OTHER = 0,
    V2G_TLS_FAILURE_NO_SHARED_CIPHER,
    V2G_TLS_FAILURE_VERIFY,
    V2G_TLS_FAILURE_NO_PEER_CERTIFICATE,
    V2G_TLS_FAILURE_VERSION,
    V2G_TLS_FAILURE_GROUP,
    V2G_TLS_FAILURE_SIGNATURE_ALGORITHM,
    V2G_TLS_FAILURE_STATUS,
    V2G_TLS_FAILURE_PEER_ALERT,
    V2G_TLS_FAILURE_NO_CERTIFICATE,
    V2G_TLS_FAILURE_KEY,
    V2G_TLS_FAILURE_NOT_TLS
} v2g_tls_failure;

// Judges the peer. `message` is the whole Certificate handshake message as received, with its four octets of header;
// `staple` is the answer of CertificateStatus (TLS 1.2 only), NULL when there was none. Returns 0 to accept, or the
// number of the alert to send.
typedef int (*v2g_tls_judge)(
    void *_Nonnull owner, const uint8_t *_Nonnull message, size_t message_length, int is_tls13,
    const uint8_t *_Nullable staple, size_t staple_length);

// ---- Contexts: set up once by one thread, then shared and never changed.

v2g_tls_context *_Nullable v2g_tls_context_new(int is_server, v2g_tls_judge _Nonnull judge);
void v2g_tls_context_free(v2g_tls_context *_Nullable context);
// 0x0303, 0x0304.
int v2g_tls_context_set_versions(v2g_tls_context *_Nonnull context, int minimum, int maximum);
int v2g_tls_context_set_cipher_list(v2g_tls_context *_Nonnull context, const char *_Nonnull list);
int v2g_tls_context_set_suites(v2g_tls_context *_Nonnull context, const char *_Nonnull list);
int v2g_tls_context_set_groups(v2g_tls_context *_Nonnull context, const char *_Nonnull list);
// For signatures of the peer and our own.
int v2g_tls_context_set_signature_algorithms(v2g_tls_context *_Nonnull context, const char *_Nonnull list);
int v2g_tls_context_set_key(v2g_tls_context *_Nonnull context, const uint8_t *_Nonnull pkcs8, size_t length);
// A key that lives elsewhere: curve 0 P-256, 1 P-521, 2 Ed448, and its public half.
int v2g_tls_context_set_external_key(
    v2g_tls_context *_Nonnull context, int curve, const uint8_t *_Nonnull public_key, size_t length);
// The first is the leaf. The key must be set before.
int v2g_tls_context_add_certificate(v2g_tls_context *_Nonnull context, const uint8_t *_Nonnull der, size_t length);
int v2g_tls_context_has_matching_key(const v2g_tls_context *_Nonnull context);
// A name for certificate_authorities.
int v2g_tls_context_add_authority(v2g_tls_context *_Nonnull context, const uint8_t *_Nonnull name, size_t length);
// Client: the body of trusted_ca_keys, sent where TLS 1.2 is offered.
int v2g_tls_context_set_trusted_authorities(
    v2g_tls_context *_Nonnull context, const uint8_t *_Nonnull body, size_t length);
// Client: asks for a staple.
int v2g_tls_context_ask_status(v2g_tls_context *_Nonnull context);
// Client: 512, 1024, 2048 or 4096.
int v2g_tls_context_set_maximum_fragment(v2g_tls_context *_Nonnull context, int length);
void v2g_tls_context_log_keys(v2g_tls_context *_Nonnull context);
// What went wrong in the last call on a context, for people. Empties OpenSSL's error queue of this thread.
void v2g_tls_take_error(char *_Nonnull text, size_t capacity);
// Whether answers for the whole chain can be stapled in TLS 1.3.
int v2g_tls_staples_chains(void);

// ---- Connections: one owner.

v2g_tls *_Nullable v2g_tls_new(v2g_tls_context *_Nonnull context, void *_Nonnull owner);
void v2g_tls_free(v2g_tls *_Nullable tls);
int v2g_tls_receive(v2g_tls *_Nonnull tls, const uint8_t *_Nullable bytes, size_t length);
size_t v2g_tls_output_count(const v2g_tls *_Nonnull tls);
// Copies all output, of v2g_tls_output_count octets, and forgets it.
void v2g_tls_take_output(v2g_tls *_Nonnull tls, uint8_t *_Nonnull into);

v2g_tls_status v2g_tls_handshake(v2g_tls *_Nonnull tls);
v2g_tls_status v2g_tls_read(v2g_tls *_Nonnull tls, uint8_t *_Nonnull into, size_t capacity, size_t *_Nonnull count);
v2g_tls_status v2g_tls_write(v2g_tls *_Nonnull tls, const uint8_t *_Nonnull bytes, size_t length);
void v2g_tls_close(v2g_tls *_Nonnull tls);

// The ClientHello, while its answer is awaited; valid until then.
const uint8_t *_Nullable v2g_tls_hello_extension(v2g_tls *_Nonnull tls, unsigned type, size_t *_Nonnull length);
const uint8_t *_Nullable v2g_tls_hello_suites(v2g_tls *_Nonnull tls, size_t *_Nonnull length);
unsigned v2g_tls_hello_legacy_version(v2g_tls *_Nonnull tls);
// Goes on with the chain, suites and algorithms of `chosen`. A maximum above what the client offers makes OpenSSL mark
// its random, so that a client whose offer was cut down on the way notices (RFC 8446 section 4.1.3).
int v2g_tls_answer_hello(
    v2g_tls *_Nonnull tls, v2g_tls_context *_Nonnull chosen, int minimum, int maximum, const char *_Nonnull groups,
    int requires_certificate, int acknowledges_trusted_authorities);
void v2g_tls_refuse_hello(v2g_tls *_Nonnull tls, int alert);
// Staples in the order of the chain; a length of 0 is none. To be called before v2g_tls_answer_hello.
int v2g_tls_add_staple(v2g_tls *_Nonnull tls, const uint8_t *_Nullable der, size_t length);
int v2g_tls_staples_sent(const v2g_tls *_Nonnull tls);

// The names that the server asked for, in order; NULL after the last. Free with v2g_tls_free_octets.
uint8_t *_Nullable v2g_tls_copy_authority(v2g_tls *_Nonnull tls, int index, size_t *_Nonnull length);
void v2g_tls_free_octets(uint8_t *_Nullable octets);
// Goes on with the chain of `chosen`, or with none.
int v2g_tls_answer_certificate(v2g_tls *_Nonnull tls, v2g_tls_context *_Nullable chosen);

const uint8_t *_Nullable v2g_tls_to_sign(v2g_tls *_Nonnull tls, size_t *_Nonnull length);
// NULL: the key failed.
void v2g_tls_provide_signature(v2g_tls *_Nonnull tls, const uint8_t *_Nullable signature, size_t length);

// ---- What is known of a connection.

int v2g_tls_version(const v2g_tls *_Nonnull tls);
const char *_Nonnull v2g_tls_suite(const v2g_tls *_Nonnull tls);
const char *_Nonnull v2g_tls_group(v2g_tls *_Nonnull tls);
// Whether the peer was judged and accepted.
int v2g_tls_is_peer_accepted(const v2g_tls *_Nonnull tls);
int v2g_tls_trusted_authorities_acknowledged(const v2g_tls *_Nonnull tls);
v2g_tls_failure v2g_tls_failure_kind(const v2g_tls *_Nonnull tls);
const char *_Nonnull v2g_tls_failure_text(const v2g_tls *_Nonnull tls);
// -1: none.
int v2g_tls_alert_sent(const v2g_tls *_Nonnull tls);
int v2g_tls_alert_received(const v2g_tls *_Nonnull tls);
// Lines for a key log since the last call, each with its line end; they are wiped when they are taken.
size_t v2g_tls_key_log_count(const v2g_tls *_Nonnull tls);
void v2g_tls_take_key_log(v2g_tls *_Nonnull tls, char *_Nonnull into);

#ifdef __cplusplus
}
#endif

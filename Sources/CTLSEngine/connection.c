// One connection: OpenSSL's state machine, the places where it stops for a decision, and why it ended.
#include "engine.h"
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <stdio.h>
#include <string.h>

v2g_tls *v2g_tls_new(v2g_tls_context *context, void *owner) {
    v2g_tls *tls = OPENSSL_zalloc(sizeof *tls);
    if (tls == NULL) return NULL;
    tls->context = context;
    tls->owner = owner;
    tls->alert_sent = tls->alert_received = -1;
    tls->ssl = SSL_new(context->ssl);
    BIO *bio = tls->ssl == NULL ? NULL : v2g_bio_new(tls);
    if (bio == NULL) {
        SSL_free(tls->ssl);
        OPENSSL_free(tls);
        return NULL;
    }
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_app_data(tls->ssl, tls);
    if (context->is_server) SSL_set_accept_state(tls->ssl);
    else SSL_set_connect_state(tls->ssl);
    return tls;
}

static void forget_peer_message(v2g_tls *tls) {
    OPENSSL_free(tls->peer_message);
    tls->peer_message = NULL;
    tls->peer_message_length = 0;
}

static void forget_staples(v2g_tls *tls) {
    for (size_t i = 0; i < tls->staple_count; i++) OPENSSL_free(tls->staples[i]);
    OPENSSL_free(tls->staples);
    OPENSSL_free(tls->staple_lengths);
    tls->staples = NULL;
    tls->staple_lengths = NULL;
    tls->staple_count = 0;
}

void v2g_tls_free(v2g_tls *tls) {
    if (tls == NULL) return;
    // A handshake that waits for a signature holds memory on a stack of its own; it must come to its end.
    if (tls->signature_state == V2G_SIGNATURE_AWAITED) {
        v2g_tls_provide_signature(tls, NULL, 0);
        (void)v2g_tls_handshake(tls);
    }
    SSL_free(tls->ssl);
    v2g_fiber_free(tls->fiber);
    ERR_clear_error();
    forget_peer_message(tls);
    forget_staples(tls);
    v2g_buffer_release(&tls->input);
    v2g_buffer_release(&tls->output);
    if (tls->key_log.bytes != NULL) OPENSSL_cleanse(tls->key_log.bytes, tls->key_log.capacity);
    v2g_buffer_release(&tls->key_log);
    OPENSSL_free(tls);
}

int v2g_tls_receive(v2g_tls *tls, const uint8_t *bytes, size_t length) {
    return v2g_buffer_append(&tls->input, bytes, length);
}

size_t v2g_tls_output_count(const v2g_tls *tls) { return v2g_buffer_count(&tls->output); }

void v2g_tls_take_output(v2g_tls *tls, uint8_t *into) {
    size_t count = v2g_buffer_count(&tls->output);
    if (count == 0) return;
    memcpy(into, tls->output.bytes + tls->output.start, count);
    v2g_buffer_consume(&tls->output, count);
}

static v2g_tls_failure failure_of(int reason) {
    switch (reason) {
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_WRONG_CIPHER_RETURNED:
    case SSL_R_UNKNOWN_CIPHER_RETURNED:
    case SSL_R_NO_CIPHERS_SPECIFIED:
    case SSL_R_NO_CIPHERS_AVAILABLE: return V2G_TLS_FAILURE_NO_SHARED_CIPHER;
    case SSL_R_CERTIFICATE_VERIFY_FAILED: return V2G_TLS_FAILURE_VERIFY;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return V2G_TLS_FAILURE_NO_PEER_CERTIFICATE;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_VERSION_TOO_LOW: return V2G_TLS_FAILURE_VERSION;
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_WRONG_CURVE: return V2G_TLS_FAILURE_GROUP;
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_WRONG_SIGNATURE_TYPE: return V2G_TLS_FAILURE_SIGNATURE_ALGORITHM;
    case SSL_R_INVALID_STATUS_RESPONSE: return V2G_TLS_FAILURE_STATUS;
    case SSL_R_NO_CERTIFICATE_SET:
    case SSL_R_NO_CERTIFICATE_ASSIGNED: return V2G_TLS_FAILURE_NO_CERTIFICATE;
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNKNOWN_PROTOCOL: return V2G_TLS_FAILURE_NOT_TLS;
    default: return V2G_TLS_FAILURE_OTHER;
    }
}

static v2g_tls_status fail(v2g_tls *tls) {
    if (tls->is_failed) return V2G_TLS_FAILED;
    tls->is_failed = 1;
    // The first entry is the cause; the later ones are consequences.
    unsigned long first = 0, entry;
    while ((entry = ERR_get_error()) != 0)
        if (first == 0 || (ERR_GET_LIB(first) != ERR_LIB_SSL && ERR_GET_LIB(entry) == ERR_LIB_SSL)) first = entry;
    int reason = ERR_GET_REASON(first);
    const char *text = first == 0 ? NULL : ERR_reason_error_string(first);
    if (tls->signature_state == V2G_SIGNATURE_REFUSED) tls->failure = V2G_TLS_FAILURE_KEY;
    else if (ERR_GET_LIB(first) == ERR_LIB_SSL) tls->failure = failure_of(reason);
    // OpenSSL names an alert that came in by a reason above this number, and unexpected ones by their own.
    if (tls->alert_received >= 0 && tls->failure == V2G_TLS_FAILURE_OTHER) tls->failure = V2G_TLS_FAILURE_PEER_ALERT;
    snprintf(tls->failure_text, sizeof tls->failure_text, "%s", text == NULL ? "no reason given" : text);
    // TLS 1.2 alerts of this phase are not encrypted yet, and OpenSSL knows one number only for a refusal after the
    // status: ours says why.
    if (tls->rewritten_alert > 0) {
        size_t count = v2g_buffer_count(&tls->output);
        uint8_t *last = tls->output.bytes + tls->output.end - 7;
        if (count >= 7 && last[0] == 21 && last[1] == 3 && last[3] == 0 && last[4] == 2 && last[5] == 2) {
            last[6] = (uint8_t)tls->rewritten_alert;
            tls->alert_sent = tls->rewritten_alert;
        }
    }
    return V2G_TLS_FAILED;
}

static v2g_tls_status status_of(v2g_tls *tls, int result) {
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_NONE: return V2G_TLS_OK;
    case SSL_ERROR_WANT_READ: return V2G_TLS_WANT_INPUT;
    case SSL_ERROR_WANT_CLIENT_HELLO_CB: return V2G_TLS_WANT_HELLO_ANSWER;
    case SSL_ERROR_WANT_X509_LOOKUP: return V2G_TLS_WANT_CERTIFICATE_ANSWER;
    case SSL_ERROR_ZERO_RETURN: return V2G_TLS_PEER_CLOSED;
    default: return fail(tls);
    }
}

v2g_tls_status v2g_tls_handshake(v2g_tls *tls) {
    if (tls->is_failed) return V2G_TLS_FAILED;
    // Nothing to do before the signature is there.
    if (tls->signature_state == V2G_SIGNATURE_AWAITED) return V2G_TLS_WANT_SIGNATURE;
    ERR_clear_error();
    int result = -1;
    if (tls->uses_fiber) {
        v2g_connection_at_work = tls;
        int was_run = v2g_fiber_handshake(tls, &result);
        v2g_connection_at_work = NULL;
        if (!was_run) return fail(tls);
        if (tls->signature_state == V2G_SIGNATURE_AWAITED) return V2G_TLS_WANT_SIGNATURE;
        // One signature a handshake. After it, the peer is judged on the caller's own stack.
        if (tls->signature_state != V2G_SIGNATURE_NONE) tls->uses_fiber = 0;
    } else {
        result = SSL_do_handshake(tls->ssl);
    }
    return status_of(tls, result);
}

v2g_tls_status v2g_tls_read(v2g_tls *tls, uint8_t *into, size_t capacity, size_t *count) {
    *count = 0;
    if (tls->is_failed) return V2G_TLS_FAILED;
    ERR_clear_error();
    int result = SSL_read_ex(tls->ssl, into, capacity, count);
    return result == 1 ? V2G_TLS_OK : status_of(tls, result);
}

v2g_tls_status v2g_tls_write(v2g_tls *tls, const uint8_t *bytes, size_t length) {
    size_t written = 0;
    if (tls->is_failed) return V2G_TLS_FAILED;
    if (length == 0) return V2G_TLS_OK;
    ERR_clear_error();
    int result = SSL_write_ex(tls->ssl, bytes, length, &written);
    if (result == 1 && written == length) return V2G_TLS_OK;
    return result == 1 ? fail(tls) : status_of(tls, result);
}

void v2g_tls_close(v2g_tls *tls) {
    if (tls->is_failed || !SSL_is_init_finished(tls->ssl)) return;
    ERR_clear_error();
    (void)SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

// ---- ClientHello

int v2g_on_hello(SSL *ssl, int *alert, void *argument) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    (void)argument;
    switch (tls->hello) {
    case V2G_ANSWER_GIVEN: return SSL_CLIENT_HELLO_SUCCESS;
    case V2G_ANSWER_REFUSED: *alert = tls->hello_alert; return SSL_CLIENT_HELLO_ERROR;
    case V2G_ANSWER_NONE:
    case V2G_ANSWER_AWAITED: tls->hello = V2G_ANSWER_AWAITED; return SSL_CLIENT_HELLO_RETRY;
    }
    return SSL_CLIENT_HELLO_ERROR;
}

const uint8_t *v2g_tls_hello_extension(v2g_tls *tls, unsigned type, size_t *length) {
    const unsigned char *bytes = NULL;
    *length = 0;
    if (tls->hello != V2G_ANSWER_AWAITED || SSL_client_hello_get0_ext(tls->ssl, type, &bytes, length) != 1) return NULL;
    static const uint8_t none = 0;
    return bytes == NULL ? &none : bytes;
}

const uint8_t *v2g_tls_hello_suites(v2g_tls *tls, size_t *length) {
    const unsigned char *bytes = NULL;
    *length = tls->hello != V2G_ANSWER_AWAITED ? 0 : SSL_client_hello_get0_ciphers(tls->ssl, &bytes);
    return *length == 0 ? NULL : bytes;
}

unsigned v2g_tls_hello_legacy_version(v2g_tls *tls) {
    return tls->hello != V2G_ANSWER_AWAITED ? 0 : SSL_client_hello_get0_legacy_version(tls->ssl);
}

int v2g_tls_answer_hello(
    v2g_tls *tls, v2g_tls_context *chosen, int version, const char *groups, int requires_certificate,
    int acknowledges_trusted_authorities) {
    if (tls->hello != V2G_ANSWER_AWAITED) return 0;
    if (SSL_set_SSL_CTX(tls->ssl, chosen->ssl) == NULL || SSL_set_min_proto_version(tls->ssl, version) != 1
        || SSL_set_max_proto_version(tls->ssl, version) != 1 || SSL_set1_groups_list(tls->ssl, groups) != 1)
        return 0;
    SSL_set_verify(
        tls->ssl, requires_certificate ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE, NULL);
    if (chosen->is_key_external) tls->uses_fiber = 1;
    tls->context = chosen;
    tls->acknowledges_trusted_authorities = acknowledges_trusted_authorities;
    tls->hello = V2G_ANSWER_GIVEN;
    return 1;
}

void v2g_tls_refuse_hello(v2g_tls *tls, int alert) {
    tls->hello = V2G_ANSWER_REFUSED;
    tls->hello_alert = alert;
}

int v2g_on_trusted_authorities_add(
    SSL *ssl, unsigned type, unsigned where, const unsigned char **out, size_t *length, X509 *certificate, size_t index,
    int *alert, void *argument) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    (void)type, (void)certificate, (void)index, (void)alert, (void)argument;
    *out = NULL;
    *length = 0;
    if ((where & SSL_EXT_CLIENT_HELLO) != 0) {
        if (tls->context->trusted_authorities == NULL) return 0;
        *out = tls->context->trusted_authorities;
        *length = tls->context->trusted_authorities_length;
        return 1;
    }
    return tls->acknowledges_trusted_authorities;
}

int v2g_on_trusted_authorities_parse(
    SSL *ssl, unsigned type, unsigned where, const unsigned char *bytes, size_t length, X509 *certificate, size_t index,
    int *alert, void *argument) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    (void)type, (void)bytes, (void)certificate, (void)index, (void)argument;
    if ((where & SSL_EXT_CLIENT_HELLO) != 0) return 1;  // read with the whole ClientHello
    if (length != 0) {
        *alert = SSL_AD_DECODE_ERROR;
        return 0;
    }
    tls->was_acknowledged = 1;
    return 1;
}

// ---- Staples

int v2g_tls_add_staple(v2g_tls *tls, const uint8_t *der, size_t length) {
    uint8_t **staples = OPENSSL_realloc(tls->staples, (tls->staple_count + 1) * sizeof *staples);
    if (staples == NULL) return 0;
    tls->staples = staples;
    size_t *lengths = OPENSSL_realloc(tls->staple_lengths, (tls->staple_count + 1) * sizeof *lengths);
    if (lengths == NULL) return 0;
    tls->staple_lengths = lengths;
    uint8_t *copy = NULL;
    if (der != NULL && length > 0 && (copy = OPENSSL_memdup(der, length)) == NULL) return 0;
    staples[tls->staple_count] = copy;
    lengths[tls->staple_count++] = copy == NULL ? 0 : length;
    return 1;
}

int v2g_tls_staples_sent(const v2g_tls *tls) { return tls->staples_sent; }

#if OPENSSL_VERSION_NUMBER >= 0x30600000L
#include <openssl/ocsp.h>
// Answers up to the first certificate that has none.
static int staple_chain(SSL *ssl, v2g_tls *tls) {
    STACK_OF(OCSP_RESPONSE) *list = sk_OCSP_RESPONSE_new_null();
    int count = 0;
    for (size_t i = 0; list != NULL && i < tls->staple_count && tls->staples[i] != NULL; i++) {
        const unsigned char *position = tls->staples[i];
        OCSP_RESPONSE *answer = d2i_OCSP_RESPONSE(NULL, &position, (long)tls->staple_lengths[i]);
        if (answer == NULL) break;
        if (sk_OCSP_RESPONSE_push(list, answer) <= 0) {
            OCSP_RESPONSE_free(answer);
            break;
        }
        count++;
    }
    if (count == 0 || SSL_set0_tlsext_status_ocsp_resp_ex(ssl, list) != 1) {
        sk_OCSP_RESPONSE_pop_free(list, OCSP_RESPONSE_free);
        ERR_clear_error();
        return 0;
    }
    return count;
}
#endif

int v2g_on_server_status(SSL *ssl, void *argument) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    (void)argument;
    if (tls->staple_count == 0 || tls->staples[0] == NULL) return SSL_TLSEXT_ERR_NOACK;
#if OPENSSL_VERSION_NUMBER >= 0x30600000L
    if (SSL_version(ssl) >= TLS1_3_VERSION) {
        tls->staples_sent = staple_chain(ssl, tls);
        return tls->staples_sent > 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
    }
#endif
    uint8_t *copy = OPENSSL_memdup(tls->staples[0], tls->staple_lengths[0]);
    if (copy == NULL) return SSL_TLSEXT_ERR_NOACK;
    if (SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)tls->staple_lengths[0]) != 1) {
        OPENSSL_free(copy);
        return SSL_TLSEXT_ERR_NOACK;
    }
    tls->staples_sent = 1;
    return SSL_TLSEXT_ERR_OK;
}

// ---- The client's certificate

int v2g_on_certificate(SSL *ssl, void *argument) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    (void)argument;
    if (tls->certificate == V2G_ANSWER_GIVEN) return 1;
    tls->certificate = V2G_ANSWER_AWAITED;
    return -1;
}

uint8_t *v2g_tls_copy_authority(v2g_tls *tls, int index, size_t *length) {
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(tls->ssl);
    uint8_t *out = NULL;
    *length = 0;
    if (names == NULL || index >= sk_X509_NAME_num(names)) return NULL;
    int count = i2d_X509_NAME(sk_X509_NAME_value(names, index), &out);
    if (count <= 0) return NULL;
    *length = (size_t)count;
    return out;
}

void v2g_tls_free_octets(uint8_t *octets) { OPENSSL_free(octets); }

int v2g_tls_answer_certificate(v2g_tls *tls, v2g_tls_context *chosen) {
    if (tls->certificate != V2G_ANSWER_AWAITED) return 0;
    tls->certificate = V2G_ANSWER_GIVEN;
    if (chosen == NULL) return 1;
    STACK_OF(X509) *chain = NULL;
    if (SSL_CTX_get0_chain_certs(chosen->ssl, &chain) != 1) return 0;
    if (SSL_use_cert_and_key(
            tls->ssl, SSL_CTX_get0_certificate(chosen->ssl), SSL_CTX_get0_privatekey(chosen->ssl), chain, 1) != 1)
        return 0;
    if (chosen->is_key_external) tls->uses_fiber = 1;
    return 1;
}

// ---- Signatures from elsewhere

const uint8_t *v2g_tls_to_sign(v2g_tls *tls, size_t *length) {
    *length = tls->to_sign_length;
    return tls->signature_state == V2G_SIGNATURE_AWAITED ? tls->to_sign : NULL;
}

void v2g_tls_provide_signature(v2g_tls *tls, const uint8_t *signature, size_t length) {
    if (tls->signature_state != V2G_SIGNATURE_AWAITED) return;
    if (signature == NULL || length == 0 || length > sizeof tls->signature) {
        tls->signature_state = V2G_SIGNATURE_REFUSED;
        return;
    }
    memcpy(tls->signature, signature, length);
    tls->signature_length = length;
    tls->signature_state = V2G_SIGNATURE_GIVEN;
}

// ---- The peer

void v2g_on_message(
    int is_written, int version, int type, const void *bytes, size_t length, SSL *ssl, void *argument) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    (void)version, (void)argument;
    if (is_written || type != SSL3_RT_HANDSHAKE || length < 4 || *(const uint8_t *)bytes != SSL3_MT_CERTIFICATE) return;
    // Kept as it came: what is judged is what was sent, and OpenSSL drops the answers after the first.
    forget_peer_message(tls);
    tls->peer_message = OPENSSL_memdup(bytes, length);
    tls->peer_message_length = tls->peer_message == NULL ? 0 : length;
}

// The error of OpenSSL's verifier that becomes this alert.
static int error_for(int alert) {
    switch (alert) {
    case SSL_AD_UNSUPPORTED_CERTIFICATE: return X509_V_ERR_INVALID_PURPOSE;
    case SSL_AD_CERTIFICATE_REVOKED: return X509_V_ERR_CERT_REVOKED;
    case SSL_AD_CERTIFICATE_EXPIRED: return X509_V_ERR_CERT_HAS_EXPIRED;
    case SSL_AD_UNKNOWN_CA: return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    case SSL_AD_DECRYPT_ERROR: return X509_V_ERR_CERT_SIGNATURE_FAILURE;
    case SSL_AD_HANDSHAKE_FAILURE: return X509_V_ERR_APPLICATION_VERIFICATION;
    case SSL_AD_INTERNAL_ERROR: return X509_V_ERR_UNSPECIFIED;
    default: return X509_V_ERR_CERT_REJECTED;
    }
}

static int judge(v2g_tls *tls, const uint8_t *staple, size_t staple_length) {
    if (tls->peer_message == NULL) return SSL_AD_INTERNAL_ERROR;
    int alert = tls->context->judge(
        tls->owner, tls->peer_message, tls->peer_message_length, SSL_version(tls->ssl) >= TLS1_3_VERSION, staple,
        staple_length);
    forget_peer_message(tls);
    tls->is_judgement_due = 0;
    tls->is_peer_accepted = alert == 0;
    return alert;
}

int v2g_on_verify(X509_STORE_CTX *store, void *argument) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    v2g_tls *tls = ssl == NULL ? NULL : SSL_get_app_data(ssl);
    (void)argument;
    if (tls == NULL) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);
        return 0;
    }
    X509_STORE_CTX_set_error(store, X509_V_OK);
    // In TLS 1.2 the answer comes after the chain: both are judged when OpenSSL has read the server's whole flight,
    // and nothing is answered before.
    if (!tls->context->is_server && SSL_version(ssl) < TLS1_3_VERSION && tls->context->asks_status) {
        tls->is_judgement_due = 1;
        return 1;
    }
    int alert = judge(tls, NULL, 0);
    if (alert == 0) return 1;
    // No error of the verifier becomes this alert; the status callback sends it, before our side answers.
    if (alert == SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE && !tls->context->is_server && tls->context->asks_status) {
        tls->deferred_alert = alert;
        return 1;
    }
    X509_STORE_CTX_set_error(store, error_for(alert));
    return 0;
}

int v2g_on_client_status(SSL *ssl, void *argument) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    (void)argument;
    if (tls->deferred_alert != 0) return 0;
    if (!tls->is_judgement_due) return tls->is_peer_accepted;
    const uint8_t *staple = NULL;
    long length = SSL_get_tlsext_status_ocsp_resp(ssl, &staple);
    int has_staple = staple != NULL && length > 0;
    int alert = judge(tls, has_staple ? staple : NULL, has_staple ? (size_t)length : 0);
    if (alert == 0) return 1;
    tls->rewritten_alert = alert;
    return 0;
}

// ---- Observers

void v2g_on_information(const SSL *ssl, int where, int value) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    if ((where & SSL_CB_ALERT) == 0) return;
    if ((where & SSL_CB_READ) != 0) tls->alert_received = value & 0xff;
    else tls->alert_sent = value & 0xff;
}

void v2g_on_key_log(const SSL *ssl, const char *line) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    if (v2g_buffer_append(&tls->key_log, line, strlen(line))) (void)v2g_buffer_append(&tls->key_log, "\n", 1);
}

size_t v2g_tls_key_log_count(const v2g_tls *tls) { return v2g_buffer_count(&tls->key_log); }

void v2g_tls_take_key_log(v2g_tls *tls, char *into) {
    size_t count = v2g_buffer_count(&tls->key_log);
    if (count == 0) return;
    memcpy(into, tls->key_log.bytes + tls->key_log.start, count);
    OPENSSL_cleanse(tls->key_log.bytes, tls->key_log.capacity);
    v2g_buffer_release(&tls->key_log);
}

int v2g_tls_version(const v2g_tls *tls) { return SSL_version(tls->ssl); }

const char *v2g_tls_suite(const v2g_tls *tls) {
    const SSL_CIPHER *cipher = SSL_get_current_cipher(tls->ssl);
    const char *name = cipher == NULL ? NULL : SSL_CIPHER_standard_name(cipher);
    return name == NULL ? "" : name;
}

const char *v2g_tls_group(v2g_tls *tls) {
    const char *name = SSL_group_to_name(tls->ssl, (int)SSL_get_negotiated_group(tls->ssl));
    return name == NULL ? "" : name;
}

int v2g_tls_is_peer_accepted(const v2g_tls *tls) { return tls->is_peer_accepted; }
int v2g_tls_trusted_authorities_acknowledged(const v2g_tls *tls) { return tls->was_acknowledged; }
v2g_tls_failure v2g_tls_failure_kind(const v2g_tls *tls) { return tls->failure; }
const char *v2g_tls_failure_text(const v2g_tls *tls) { return tls->failure_text; }
int v2g_tls_alert_sent(const v2g_tls *tls) { return tls->alert_sent; }
int v2g_tls_alert_received(const v2g_tls *tls) { return tls->alert_received; }

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
    v2g_forget_peer_message(tls);
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

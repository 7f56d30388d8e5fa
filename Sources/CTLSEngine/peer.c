// How the peer is judged, and what is noted down on the way.
#include "engine.h"
#include <string.h>

void v2g_forget_peer_message(v2g_tls *tls) {
    OPENSSL_free(tls->peer_message);
    tls->peer_message = NULL;
    tls->peer_message_length = 0;
}

void v2g_on_message(
    int is_written, int version, int type, const void *bytes, size_t length, SSL *ssl, void *argument) {
    v2g_tls *tls = SSL_get_app_data(ssl);
    (void)version, (void)argument;
    if (is_written || type != SSL3_RT_HANDSHAKE || length < 4 || *(const uint8_t *)bytes != SSL3_MT_CERTIFICATE) return;
    // Kept as it came: what is judged is what was sent, and OpenSSL drops the answers after the first.
    v2g_forget_peer_message(tls);
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
    v2g_forget_peer_message(tls);
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

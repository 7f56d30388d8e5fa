// The places where a handshake stops for its owner: the ClientHello, the client's certificate, a signature from elsewhere.
#include "engine.h"
#include <openssl/err.h>
#include <string.h>

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
    v2g_tls *tls, v2g_tls_context *chosen, int minimum, int maximum, const char *groups, int requires_certificate,
    int acknowledges_trusted_authorities) {
    if (tls->hello != V2G_ANSWER_AWAITED) return 0;
    if (SSL_set_SSL_CTX(tls->ssl, chosen->ssl) == NULL || SSL_set_min_proto_version(tls->ssl, minimum) != 1
        || SSL_set_max_proto_version(tls->ssl, maximum) != 1 || SSL_set1_groups_list(tls->ssl, groups) != 1)
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

// What connections share: versions, suites, groups, a chain and its key.
#include "engine.h"
#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>
#include <stdio.h>

// RFC 6066 section 6.
#define TRUSTED_CA_KEYS 3

v2g_tls_context *v2g_tls_context_new(int is_server, v2g_tls_judge judge) {
    OSSL_LIB_CTX *library = v2g_library();
    if (library == NULL || judge == NULL) return NULL;
    v2g_tls_context *context = OPENSSL_zalloc(sizeof *context);
    if (context == NULL) return NULL;
    SSL_CTX *ssl = SSL_CTX_new_ex(library, V2G_PROPERTIES, is_server ? TLS_server_method() : TLS_client_method());
    if (ssl == NULL) {
        OPENSSL_free(context);
        return NULL;
    }
    context->ssl = ssl;
    context->is_server = is_server;
    context->judge = judge;
    // Whatever openssl.cnf says: full handshakes, no compression, no renegotiation, our order of suites.
    SSL_CTX_clear_options(
        ssl, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_NO_DHE_KEX
                 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3 | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_options(
        ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE
                 | SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_max_early_data(ssl, 0);
    SSL_CTX_set_recv_max_early_data(ssl, 0);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_read_ahead(ssl, 0);
    // 112 bits: above that level OpenSSL would not make the CBC suite of edition -2.
    SSL_CTX_set_security_level(ssl, 2);
    // Four certificates with an answer for each are below 16 KiB.
    SSL_CTX_set_max_cert_list(ssl, 65536);
    SSL_CTX_set_cert_verify_callback(ssl, v2g_on_verify, NULL);
    SSL_CTX_set_verify(ssl, is_server ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_msg_callback(ssl, v2g_on_message);
    SSL_CTX_set_info_callback(ssl, v2g_on_information);
    int done = SSL_CTX_set_num_tickets(ssl, 0) == 1
        && SSL_CTX_add_custom_ext(
               ssl, TRUSTED_CA_KEYS,
               SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_2_AND_BELOW_ONLY,
               v2g_on_trusted_authorities_add, NULL, context, v2g_on_trusted_authorities_parse, context) == 1;
    if (is_server) {
        SSL_CTX_set_client_hello_cb(ssl, v2g_on_hello, NULL);
        done = done && SSL_CTX_set_tlsext_status_cb(ssl, v2g_on_server_status) == 1;
    } else {
        SSL_CTX_set_cert_cb(ssl, v2g_on_certificate, NULL);
        done = done && SSL_CTX_set_tlsext_status_cb(ssl, v2g_on_client_status) == 1;
    }
    if (!done) {
        v2g_tls_context_free(context);
        return NULL;
    }
    return context;
}

void v2g_tls_context_free(v2g_tls_context *context) {
    if (context == NULL) return;
    SSL_CTX_free(context->ssl);
    OPENSSL_free(context->trusted_authorities);
    OPENSSL_free(context);
}

int v2g_tls_context_set_versions(v2g_tls_context *context, int minimum, int maximum) {
    return SSL_CTX_set_min_proto_version(context->ssl, minimum) == 1
        && SSL_CTX_set_max_proto_version(context->ssl, maximum) == 1;
}

int v2g_tls_context_set_cipher_list(v2g_tls_context *context, const char *list) {
    return SSL_CTX_set_cipher_list(context->ssl, list) == 1;
}

int v2g_tls_context_set_suites(v2g_tls_context *context, const char *list) {
    return SSL_CTX_set_ciphersuites(context->ssl, list) == 1;
}

int v2g_tls_context_set_groups(v2g_tls_context *context, const char *list) {
    return SSL_CTX_set1_groups_list(context->ssl, list) == 1;
}

int v2g_tls_context_set_signature_algorithms(v2g_tls_context *context, const char *list) {
    return SSL_CTX_set1_sigalgs_list(context->ssl, list) == 1
        && SSL_CTX_set1_client_sigalgs_list(context->ssl, list) == 1;
}

int v2g_tls_context_set_key(v2g_tls_context *context, const uint8_t *pkcs8, size_t length) {
    const unsigned char *position = pkcs8;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &position, (long)length);
    if (info == NULL) return 0;
    EVP_PKEY *key = EVP_PKCS82PKEY_ex(info, v2g_library(), V2G_PROPERTIES);
    PKCS8_PRIV_KEY_INFO_free(info);
    int done = key != NULL && SSL_CTX_use_PrivateKey(context->ssl, key) == 1;
    EVP_PKEY_free(key);
    return done;
}

int v2g_tls_context_set_external_key(v2g_tls_context *context, int curve, const uint8_t *public_key, size_t length) {
    EVP_PKEY *key = v2g_external_key(curve, public_key, length);
    int done = key != NULL && SSL_CTX_use_PrivateKey(context->ssl, key) == 1;
    EVP_PKEY_free(key);
    context->is_key_external = done;
    return done;
}

int v2g_tls_context_add_certificate(v2g_tls_context *context, const uint8_t *der, size_t length) {
    const unsigned char *position = der;
    X509 *certificate = X509_new_ex(v2g_library(), V2G_PROPERTIES);
    if (certificate == NULL) return 0;
    if (d2i_X509(&certificate, &position, (long)length) == NULL) return 0;  // frees it
    int done = position == der + length;
    if (done && !context->has_certificate) {
        done = SSL_CTX_use_certificate(context->ssl, certificate) == 1;
        context->has_certificate = done;
    } else if (done) {
        done = SSL_CTX_add1_chain_cert(context->ssl, certificate) == 1;
    }
    X509_free(certificate);
    return done;
}

int v2g_tls_context_has_matching_key(const v2g_tls_context *context) {
    return SSL_CTX_get0_privatekey(context->ssl) != NULL && SSL_CTX_check_private_key(context->ssl) == 1;
}

int v2g_tls_context_add_authority(v2g_tls_context *context, const uint8_t *bytes, size_t length) {
    const unsigned char *position = bytes;
    X509_NAME *name = d2i_X509_NAME(NULL, &position, (long)length);
    if (name == NULL) return 0;
    int done = position == bytes + length;
    if (done) {
        const STACK_OF(X509_NAME) *known = SSL_CTX_get0_CA_list(context->ssl);
        STACK_OF(X509_NAME) *list = sk_X509_NAME_new_null();
        done = list != NULL;
        for (int i = 0; done && i < sk_X509_NAME_num(known); i++) {
            X509_NAME *copy = X509_NAME_dup(sk_X509_NAME_value(known, i));
            done = copy != NULL && sk_X509_NAME_push(list, copy) > 0;
        }
        if (done) {
            done = sk_X509_NAME_push(list, name) > 0;
            if (done) name = NULL;
        }
        if (done) SSL_CTX_set0_CA_list(context->ssl, list);
        else sk_X509_NAME_pop_free(list, X509_NAME_free);
    }
    X509_NAME_free(name);
    return done;
}

int v2g_tls_context_set_trusted_authorities(v2g_tls_context *context, const uint8_t *body, size_t length) {
    OPENSSL_free(context->trusted_authorities);
    context->trusted_authorities = OPENSSL_memdup(body, length);
    context->trusted_authorities_length = context->trusted_authorities == NULL ? 0 : length;
    return context->trusted_authorities != NULL;
}

int v2g_tls_context_ask_status(v2g_tls_context *context) {
    context->asks_status = 1;
    return SSL_CTX_set_tlsext_status_type(context->ssl, TLSEXT_STATUSTYPE_ocsp) == 1;
}

int v2g_tls_context_set_maximum_fragment(v2g_tls_context *context, int length) {
    uint8_t code = length == 512 ? 1 : length == 1024 ? 2 : length == 2048 ? 3 : length == 4096 ? 4 : 0;
    return code != 0 && SSL_CTX_set_tlsext_max_fragment_length(context->ssl, code) == 1;
}

void v2g_tls_context_log_keys(v2g_tls_context *context) { SSL_CTX_set_keylog_callback(context->ssl, v2g_on_key_log); }

void v2g_tls_take_error(char *text, size_t capacity) {
    unsigned long first = ERR_get_error();
    const char *reason = first == 0 ? NULL : ERR_reason_error_string(first);
    snprintf(text, capacity, "%s", reason == NULL ? "no reason given" : reason);
    ERR_clear_error();
}

int v2g_tls_staples_chains(void) {
#if OPENSSL_VERSION_NUMBER >= 0x30600000L
    return 1;
#else
    return 0;
#endif
}

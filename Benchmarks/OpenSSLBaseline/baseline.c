#include "OpenSSLBaseline.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

// What does not change from one certificate to the next is made once: issuer, key, extensions, the subject's other
// parts. The rest is the plain use of the library: no object of one request is used for the next.
struct v2g_baseline {
    X509 *issuer;
    EVP_PKEY *key;
    X509 *pattern;
    const EVP_MD *digest;
};

v2g_baseline *v2g_baseline_new(
    const uint8_t *issuer, size_t issuer_length, const uint8_t *key_pem, size_t key_length, const uint8_t *pattern,
    size_t pattern_length, int digest_bits) {
    v2g_baseline *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->issuer = d2i_X509(NULL, &issuer, (long)issuer_length);
    made->pattern = d2i_X509(NULL, &pattern, (long)pattern_length);
    BIO *bio = BIO_new_mem_buf(key_pem, (int)key_length);
    if (bio) made->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    made->digest = digest_bits == 256 ? EVP_sha256() : digest_bits == 512 ? EVP_sha512() : NULL;
    if (!made->issuer || !made->pattern || !made->key) {
        v2g_baseline_free(made);
        return NULL;
    }
    return made;
}

void v2g_baseline_free(v2g_baseline *baseline) {
    if (!baseline) return;
    X509_free(baseline->issuer);
    X509_free(baseline->pattern);
    EVP_PKEY_free(baseline->key);
    free(baseline);
}

// The pattern's subject with the request's common name in the place of its own.
static int set_subject(v2g_baseline *b, X509 *made, X509_REQ *request) {
    X509_NAME *wanted = X509_REQ_get_subject_name(request);
    int place = X509_NAME_get_index_by_NID(wanted, NID_commonName, -1);
    if (place < 0) return 0;
    ASN1_STRING *common = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(wanted, place));
    X509_NAME *name = X509_NAME_dup(X509_get_subject_name(b->pattern));
    if (!name) return 0;
    place = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    X509_NAME_ENTRY *entry = place < 0 ? NULL : X509_NAME_get_entry(name, place);
    int done = entry
        && X509_NAME_ENTRY_set_data(entry, V_ASN1_UTF8STRING, ASN1_STRING_get0_data(common), ASN1_STRING_length(common))
        && X509_set_subject_name(made, name);
    X509_NAME_free(name);
    return done;
}

static int set_extensions(v2g_baseline *b, X509 *made) {
    int count = X509_get_ext_count(b->pattern);
    for (int index = 0; index < count; index++) {
        X509_EXTENSION *entry = X509_get_ext(b->pattern, index);
        if (OBJ_obj2nid(X509_EXTENSION_get_object(entry)) == NID_subject_key_identifier) {
            unsigned char hash[EVP_MAX_MD_SIZE];
            unsigned int length = 0;
            ASN1_OCTET_STRING *identifier = ASN1_OCTET_STRING_new();
            int added = identifier && X509_pubkey_digest(made, EVP_sha1(), hash, &length)
                && ASN1_OCTET_STRING_set(identifier, hash, (int)length)
                && X509_add1_ext_i2d(made, NID_subject_key_identifier, identifier, 0, X509V3_ADD_APPEND) == 1;
            ASN1_OCTET_STRING_free(identifier);
            if (!added) return 0;
        } else if (!X509_add_ext(made, entry, -1)) {
            return 0;
        }
    }
    return 1;
}

static int set_serial(X509 *made) {
    unsigned char random[16];
    if (RAND_bytes(random, sizeof random) != 1) return 0;
    BIGNUM *number = BN_bin2bn(random, sizeof random, NULL);
    int done = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made)) != NULL;
    BN_free(number);
    return done;
}

size_t v2g_baseline_issue(
    v2g_baseline *b, const uint8_t *request_der, size_t length, uint8_t *out, size_t capacity) {
    size_t written = 0;
    X509 *made = NULL;
    X509_REQ *request = d2i_X509_REQ(NULL, &request_der, (long)length);
    EVP_PKEY *key = request ? X509_REQ_get0_pubkey(request) : NULL;
    if (!key || X509_REQ_verify(request, key) != 1) goto end;
    made = X509_new();
    if (!made || !X509_set_version(made, 2) || !set_serial(made)
        || !X509_set_issuer_name(made, X509_get_subject_name(b->issuer))
        || !X509_gmtime_adj(X509_getm_notBefore(made), -300)
        || !X509_gmtime_adj(X509_getm_notAfter(made), 60L * 86400) || !set_subject(b, made, request)
        || !X509_set_pubkey(made, key) || !set_extensions(b, made) || !X509_sign(made, b->key, b->digest))
        goto end;
    int needed = i2d_X509(made, NULL);
    if (needed <= 0 || (size_t)needed > capacity) goto end;
    written = (size_t)i2d_X509(made, &out);
end:
    X509_free(made);
    X509_REQ_free(request);
    return written;
}

int v2g_baseline_sign(v2g_baseline *b, const uint8_t *message, size_t length, int times) {
    unsigned char signature[256];
    for (int index = 0; index < times; index++) {
        size_t made = sizeof signature;
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        int done = context && EVP_DigestSignInit(context, NULL, b->digest, NULL, b->key) == 1
            && EVP_DigestSign(context, signature, &made, message, length) == 1;
        EVP_MD_CTX_free(context);
        if (!done) return 0;
    }
    return 1;
}

int v2g_baseline_verify(v2g_baseline *b, const uint8_t *message, size_t length, int times) {
    unsigned char signature[256];
    size_t made = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context && EVP_DigestSignInit(context, NULL, b->digest, NULL, b->key) == 1
        && EVP_DigestSign(context, signature, &made, message, length) == 1;
    EVP_MD_CTX_free(context);
    for (int index = 0; done && index < times; index++) {
        context = EVP_MD_CTX_new();
        done = context && EVP_DigestVerifyInit(context, NULL, b->digest, NULL, b->key) == 1
            && EVP_DigestVerify(context, signature, made, message, length) == 1;
        EVP_MD_CTX_free(context);
    }
    return done;
}

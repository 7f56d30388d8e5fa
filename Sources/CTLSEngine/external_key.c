// A provider for keys that live elsewhere (a token, another process). A key here is a public key; a signature stops
// the handshake until the owner of the connection brings it. The provider sees what is to be signed before
// it is hashed, so any key that signs messages will do.
#include "engine.h"
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <string.h>

_Thread_local v2g_tls *v2g_connection_at_work = NULL;

typedef struct {
    const char *type, *group, *digest;
    int bits, security_bits, maximum_signature;
    size_t public_length;
} curve_facts;

static const curve_facts curves[] = {
    {"EC", "prime256v1", "SHA256", 256, 128, 72, 65},
    {"EC", "secp521r1", "SHA512", 521, 256, 141, 133},
    {"ED448", NULL, "", 456, 224, 114, 57},
};

typedef struct {
    const curve_facts *curve;
    uint8_t public_key[133];
} external_key;

static void *key_new(void *provider) { (void)provider; return OPENSSL_zalloc(sizeof(external_key)); }
static void key_free(void *key) { OPENSSL_free(key); }

static int key_has(const void *vkey, int selection) {
    const external_key *key = vkey;
    (void)selection;
    return key != NULL && key->curve != NULL;
}

static int key_match(const void *va, const void *vb, int selection) {
    const external_key *a = va, *b = vb;
    (void)selection;
    return a->curve != NULL && a->curve == b->curve && memcmp(a->public_key, b->public_key, a->curve->public_length) == 0;
}

static int import_point(external_key *key, const curve_facts *curve, const OSSL_PARAM *point) {
    void *to = key->public_key;
    size_t length = 0;
    if (point == NULL || !OSSL_PARAM_get_octet_string(point, &to, sizeof key->public_key, &length)) return 0;
    if (length != curve->public_length || (curve->group != NULL && key->public_key[0] != 4)) return 0;
    key->curve = curve;
    return 1;
}

static int key_import_ec(void *vkey, int selection, const OSSL_PARAM parameters[]) {
    const OSSL_PARAM *group = OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_GROUP_NAME);
    const char *name = NULL;
    (void)selection;
    if (group == NULL || !OSSL_PARAM_get_utf8_string_ptr(group, &name) || name == NULL) return 0;
    for (int i = 0; i < 2; i++)
        if (strcmp(name, curves[i].group) == 0)
            return import_point(vkey, &curves[i], OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_PUB_KEY));
    return 0;
}

static int key_import_ed448(void *vkey, int selection, const OSSL_PARAM parameters[]) {
    (void)selection;
    return import_point(vkey, &curves[2], OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_PUB_KEY));
}

static const OSSL_PARAM importable[] = {
    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
    OSSL_PARAM_END,
};
static const OSSL_PARAM *key_import_types(int selection) {
    return (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 ? importable : NULL;
}

static int key_export(void *vkey, int selection, OSSL_CALLBACK *callback, void *argument) {
    const external_key *key = vkey;
    OSSL_PARAM parameters[3];
    int count = 0;
    // Only the public half is here. Whoever wants to compute with the private one must come to this provider.
    if (key->curve == NULL || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) return 0;
    if (key->curve->group != NULL)
        parameters[count++] =
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)key->curve->group, 0);
    parameters[count++] = OSSL_PARAM_construct_octet_string(
        OSSL_PKEY_PARAM_PUB_KEY, (void *)key->public_key, key->curve->public_length);
    parameters[count] = OSSL_PARAM_construct_end();
    return callback(parameters, argument);
}

static int key_get_params(void *vkey, OSSL_PARAM parameters[]) {
    const external_key *key = vkey;
    OSSL_PARAM *p;
    if (key->curve == NULL) return 0;
    if ((p = OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_BITS)) != NULL && !OSSL_PARAM_set_int(p, key->curve->bits))
        return 0;
    if ((p = OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_SECURITY_BITS)) != NULL
        && !OSSL_PARAM_set_int(p, key->curve->security_bits))
        return 0;
    if ((p = OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_MAX_SIZE)) != NULL
        && !OSSL_PARAM_set_int(p, key->curve->maximum_signature))
        return 0;
    if (key->curve->group != NULL && (p = OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_GROUP_NAME)) != NULL
        && !OSSL_PARAM_set_utf8_string(p, key->curve->group))
        return 0;
    if ((p = OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_DEFAULT_DIGEST)) != NULL
        && !OSSL_PARAM_set_utf8_string(p, key->curve->digest))
        return 0;
    if (key->curve->group == NULL && (p = OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_MANDATORY_DIGEST)) != NULL
        && !OSSL_PARAM_set_utf8_string(p, ""))
        return 0;
    if ((p = OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY)) != NULL
        && !OSSL_PARAM_set_octet_string(p, key->public_key, key->curve->public_length))
        return 0;
    return 1;
}

static const OSSL_PARAM gettable[] = {
    OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
    OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
    OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
    OSSL_PARAM_END,
};
static const OSSL_PARAM *key_gettable_params(void *provider) { (void)provider; return gettable; }

// A name of its own, so that OpenSSL does not try its own implementation with our key first.
#define SIGNATURE_NAME "V2G-EXTERNAL-SIGNATURE"
static const char *key_operation_name(int operation) { return operation == OSSL_OP_SIGNATURE ? SIGNATURE_NAME : NULL; }

#define FUNCTION(id, function) {id, (void (*)(void))function}
static const OSSL_DISPATCH ec_functions[] = {
    FUNCTION(OSSL_FUNC_KEYMGMT_NEW, key_new),
    FUNCTION(OSSL_FUNC_KEYMGMT_FREE, key_free),
    FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has),
    FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, key_match),
    FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, key_import_ec),
    FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),
    FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, key_export),
    FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_import_types),
    FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),
    FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable_params),
    FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, key_operation_name),
    {0, NULL},
};
static const OSSL_DISPATCH ed448_functions[] = {
    FUNCTION(OSSL_FUNC_KEYMGMT_NEW, key_new),
    FUNCTION(OSSL_FUNC_KEYMGMT_FREE, key_free),
    FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has),
    FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, key_match),
    FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, key_import_ed448),
    FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),
    FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, key_export),
    FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_import_types),
    FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),
    FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable_params),
    FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, key_operation_name),
    {0, NULL},
};

typedef struct {
    const external_key *key;
} signing;

static void *signing_new(void *provider, const char *properties) {
    (void)provider;
    (void)properties;
    return OPENSSL_zalloc(sizeof(signing));
}
static void signing_free(void *context) { OPENSSL_free(context); }

static int signing_init(void *vcontext, const char *digest, void *key, const OSSL_PARAM parameters[]) {
    signing *context = vcontext;
    (void)parameters;
    if (key != NULL) context->key = key;
    if (context->key == NULL || context->key->curve == NULL) return 0;
    // The key hashes by itself, and each curve has one hash.
    if (digest != NULL && digest[0] != 0 && strcmp(digest, context->key->curve->digest) != 0) {
        EVP_MD *asked = EVP_MD_fetch(v2g_library(), digest, NULL);
        int is_same = asked != NULL && EVP_MD_is_a(asked, context->key->curve->digest);
        EVP_MD_free(asked);
        return is_same;
    }
    return 1;
}

static int signing_sign(
    void *vcontext, unsigned char *signature, size_t *length, size_t capacity, const unsigned char *message, size_t count) {
    signing *context = vcontext;
    v2g_tls *tls = v2g_connection_at_work;
    if (signature == NULL) {
        *length = (size_t)context->key->curve->maximum_signature;
        return 1;
    }
    if (tls == NULL || tls->fiber == NULL) return 0;
    tls->to_sign = message;
    tls->to_sign_length = count;
    tls->signature_state = V2G_SIGNATURE_AWAITED;
    while (tls->signature_state == V2G_SIGNATURE_AWAITED)
        if (!v2g_fiber_wait(tls)) return 0;
    // Another thread may have taken over: nothing here may lean on the thread-local connection any more.
    tls->to_sign = NULL;
    tls->to_sign_length = 0;
    if (tls->signature_state != V2G_SIGNATURE_GIVEN || tls->signature_length > capacity) return 0;
    memcpy(signature, tls->signature, tls->signature_length);
    *length = tls->signature_length;
    return 1;
}

static const OSSL_DISPATCH signature_functions[] = {
    FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
    FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_init),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_sign),
    {0, NULL},
};

static const OSSL_ALGORITHM key_types[] = {
    {"EC:id-ecPublicKey:1.2.840.10045.2.1", "provider=v2g-external", ec_functions, "EC key that lives elsewhere"},
    {"ED448:1.3.101.113", "provider=v2g-external", ed448_functions, "Ed448 key that lives elsewhere"},
    {NULL, NULL, NULL, NULL},
};
static const OSSL_ALGORITHM signatures[] = {
    {SIGNATURE_NAME, "provider=v2g-external", signature_functions, "Signature that is made elsewhere"},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache) {
    (void)provider;
    *no_cache = 0;
    if (operation == OSSL_OP_KEYMGMT) return key_types;
    if (operation == OSSL_OP_SIGNATURE) return signatures;
    return NULL;
}

static const OSSL_DISPATCH provider_functions[] = {
    FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
    {0, NULL},
};

static int provider_init(
    const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **context) {
    (void)in;
    *out = provider_functions;
    *context = (void *)handle;
    return 1;
}

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static OSSL_LIB_CTX *library = NULL;

// A library context of our own: the provider above stays invisible to the rest of the process, and what the rest loads
// stays invisible here. Never freed, as OpenSSL's own is not.
static void make_library(void) {
    OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();
    if (made == NULL) return;
    if (OSSL_PROVIDER_load(made, "default") == NULL
        || !OSSL_PROVIDER_add_builtin(made, "v2g-external", provider_init)
        || OSSL_PROVIDER_load(made, "v2g-external") == NULL) {
        OSSL_LIB_CTX_free(made);
        return;
    }
    library = made;
}

OSSL_LIB_CTX *v2g_library(void) { return CRYPTO_THREAD_run_once(&once, make_library) ? library : NULL; }

EVP_PKEY *v2g_external_key(int curve, const uint8_t *public_key, size_t length) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM parameters[3];
    int count = 0;
    if (curve < 0 || curve > 2) return NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(v2g_library(), curves[curve].type, "provider=v2g-external");
    if (context == NULL) return NULL;
    if (curves[curve].group != NULL)
        parameters[count++] =
            OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curves[curve].group, 0);
    parameters[count++] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)public_key, length);
    parameters[count] = OSSL_PARAM_construct_end();
    if (EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    return key;
}

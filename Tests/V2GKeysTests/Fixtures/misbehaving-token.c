// A PKCS#11 module with one P-256 key (the private number is 1, so the public point is the generator) that misbehaves
// as BEHAVIOR says. Built by the tests with cc; implements only what the product calls.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <p11-kit-1/p11-kit/pkcs11.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum {
    HONEST, GARBAGE, SHORT_SIGNATURE, ZERO_R, OTHER_KEY, HUGE_SIGNATURE, REMOVED_FOR_GOOD, REMOVED_ONCE, HANGS,
    RAW_POINT, POINT_OFF_CURVE, HUGE_ATTRIBUTE, NO_MECHANISM, EXTRACTABLE, PIN_LOCKED, NO_SIGN_FUNCTION, INIT_FAILS,
    ZERO_SECRET, SHORT_SECRET, SESSION_LOST_EACH_TIME, LOGGED_OUT_ONCE, SLOW, NO_PUBLIC_OBJECT, MANY_SLOTS, FINALIZED_ONCE,
    LOGGED_IN_ALREADY, STALE_HANDLE_ONCE, STALE_HANDLE_FOR_GOOD, PIN_TOO_SHORT, PIN_MALFORMED
};

enum { PRIVATE_OBJECT = 11, PUBLIC_OBJECT = 12, SECRET_OBJECT = 13 };

static atomic_int signs, begun, waiting, logins, next_session = 1, destroyed;
static _Thread_local CK_OBJECT_CLASS searched;
static _Thread_local int search_done;

// For the tests: how often a function was called.
int fake_count_logins(void) { return logins; }
int fake_count_destroyed(void) { return destroyed; }

static const unsigned char point[65] = {
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
    0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce,
    0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
static const unsigned char curve[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

static void pad(unsigned char *field, size_t size, const char *text) {
    memset(field, ' ', size);
    memcpy(field, text, strlen(text));
}

static CK_RV initialize(void *arguments) {
    (void)arguments;
    return BEHAVIOR == INIT_FAILS ? CKR_GENERAL_ERROR : CKR_OK;
}
static CK_RV get_info(CK_INFO *info) {
    memset(info, 0, sizeof *info);
    pad(info->manufacturerID, 32, "swift-v2g tests");
    pad(info->libraryDescription, 32, "misbehaving token");
    return CKR_OK;
}
static CK_RV get_slot_list(unsigned char present, CK_SLOT_ID *list, CK_ULONG *count) {
    (void)present;
    if (BEHAVIOR == MANY_SLOTS) {
        *count = 1UL << 60;
        return CKR_OK;
    }
    if (list) list[0] = 5;
    *count = 1;
    return CKR_OK;
}
static CK_RV get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
    (void)slot;
    memset(info, 0, sizeof *info);
    pad(info->label, 32, "fake");
    pad(info->manufacturerID, 32, "swift-v2g tests");
    pad(info->model, 16, "fake");
    pad(info->serialNumber, 16, "1");
    info->flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED;
    return CKR_OK;
}
static CK_RV get_mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info) {
    (void)slot;
    if (BEHAVIOR == NO_MECHANISM || type == CKM_EDDSA) return CKR_MECHANISM_INVALID;
    info->ulMinKeySize = 256;
    info->ulMaxKeySize = 256;
    info->flags = CKF_SIGN | CKF_DERIVE | CKF_GENERATE_KEY_PAIR;
    return CKR_OK;
}
static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session) {
    (void)slot, (void)flags, (void)application, (void)notify;
    *session = (CK_SESSION_HANDLE)next_session++;
    return CKR_OK;
}
static CK_RV close_session(CK_SESSION_HANDLE session) {
    (void)session;
    return CKR_OK;
}
static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG length) {
    (void)session, (void)user;
    logins++;
    if (BEHAVIOR == PIN_LOCKED) return CKR_PIN_LOCKED;
    if (BEHAVIOR == LOGGED_IN_ALREADY) return CKR_USER_ALREADY_LOGGED_IN;
    if (BEHAVIOR == PIN_TOO_SHORT) return CKR_PIN_LEN_RANGE;
    if (BEHAVIOR == PIN_MALFORMED) return CKR_PIN_INVALID;
    return length == 4 && memcmp(pin, "1234", 4) == 0 ? CKR_OK : CKR_PIN_INCORRECT;
}
static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, CK_ULONG count) {
    (void)session;
    searched = CKO_DATA;
    search_done = 0;
    for (CK_ULONG i = 0; i < count; i++) {
        if (attributes[i].type == CKA_CLASS) memcpy(&searched, attributes[i].pValue, sizeof searched);
        // Only the label "key" exists.
        if (attributes[i].type == CKA_LABEL && (attributes[i].ulValueLen != 3 || memcmp(attributes[i].pValue, "key", 3)))
            search_done = 1;
    }
    return CKR_OK;
}
static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG limit, CK_ULONG *count) {
    (void)session;
    *count = 0;
    if (search_done || limit == 0) return CKR_OK;
    search_done = 1;
    if (searched == CKO_PRIVATE_KEY) objects[(*count)++] = PRIVATE_OBJECT;
    if (searched == CKO_PUBLIC_KEY && BEHAVIOR != NO_PUBLIC_OBJECT) objects[(*count)++] = PUBLIC_OBJECT;
    return CKR_OK;
}
static CK_RV find_final(CK_SESSION_HANDLE session) {
    (void)session;
    return CKR_OK;
}

static CK_RV answer(CK_ATTRIBUTE *attribute, const void *value, CK_ULONG length) {
    if (attribute->pValue) {
        if (attribute->ulValueLen < length) return CKR_BUFFER_TOO_SMALL;
        memcpy(attribute->pValue, value, length);
    }
    attribute->ulValueLen = length;
    return CKR_OK;
}
static CK_RV get_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attribute, CK_ULONG count) {
    (void)session, (void)count;
    unsigned char yes = 1, no = 0, buffer[67];
    switch (attribute->type) {
    case CKA_LABEL: return answer(attribute, "key", 3);
    case CKA_ID: return answer(attribute, "\1", 1);
    case CKA_SENSITIVE: return answer(attribute, &yes, 1);
    case CKA_EXTRACTABLE: return answer(attribute, BEHAVIOR == EXTRACTABLE ? &yes : &no, 1);
    case CKA_SIGN:
    case CKA_DERIVE: return answer(attribute, &yes, 1);
    case CKA_EC_PARAMS:
        if (BEHAVIOR == HUGE_ATTRIBUTE) {
            attribute->ulValueLen = 1UL << 40;
            return CKR_OK;
        }
        return answer(attribute, curve, sizeof curve);
    case CKA_EC_POINT:
        if (object != PUBLIC_OBJECT) break;
        if (BEHAVIOR == RAW_POINT) return answer(attribute, point, 65);
        buffer[0] = 0x04;
        buffer[1] = 65;
        memcpy(buffer + 2, point, 65);
        if (BEHAVIOR == POINT_OFF_CURVE) buffer[66] ^= 1;
        return answer(attribute, buffer, 67);
    case CKA_VALUE:
        if (object != SECRET_OBJECT) break;
        memset(buffer, BEHAVIOR == ZERO_SECRET ? 0 : 7, sizeof buffer);
        return answer(attribute, buffer, BEHAVIOR == SHORT_SECRET ? 31 : 32);
    }
    attribute->ulValueLen = (CK_ULONG)-1;
    return CKR_ATTRIBUTE_TYPE_INVALID;
}
static CK_RV destroy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
    (void)session, (void)object;
    destroyed++;
    return CKR_OK;
}
static CK_RV generate(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *publicKey, CK_ULONG publicCount,
                      CK_ATTRIBUTE *privateKey, CK_ULONG privateCount, CK_OBJECT_HANDLE *publicObject,
                      CK_OBJECT_HANDLE *privateObject) {
    (void)session, (void)mechanism, (void)publicKey, (void)publicCount, (void)privateKey, (void)privateCount;
    *publicObject = PUBLIC_OBJECT;
    *privateObject = PRIVATE_OBJECT;
    return CKR_OK;
}
static CK_RV derive(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key, CK_ATTRIBUTE *attributes,
                    CK_ULONG count, CK_OBJECT_HANDLE *object) {
    (void)session, (void)mechanism, (void)key, (void)attributes, (void)count;
    *object = SECRET_OBJECT;
    return CKR_OK;
}
static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    (void)session, (void)mechanism, (void)key;
    if (BEHAVIOR == SESSION_LOST_EACH_TIME) return CKR_SESSION_HANDLE_INVALID;
    if (BEHAVIOR == STALE_HANDLE_FOR_GOOD) return CKR_KEY_HANDLE_INVALID;
    if (BEHAVIOR == STALE_HANDLE_ONCE && ++begun == 1) return CKR_KEY_HANDLE_INVALID;
    if (BEHAVIOR == LOGGED_OUT_ONCE && logins < 2) return CKR_USER_NOT_LOGGED_IN;
    return CKR_OK;
}

static CK_RV sign_with(unsigned long number, const unsigned char *data, CK_ULONG length, unsigned char *out) {
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *secret = BN_new();
    BN_set_word(secret, number);
    EC_KEY_set_private_key(key, secret);
    ECDSA_SIG *signature = ECDSA_do_sign(data, (int)length, key);
    if (!signature) return CKR_FUNCTION_FAILED;
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32);
    ECDSA_SIG_free(signature);
    BN_free(secret);
    EC_KEY_free(key);
    return CKR_OK;
}
static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG length, unsigned char *out, CK_ULONG *outLength) {
    (void)session;
    int number = ++signs;
    switch (BEHAVIOR) {
    case GARBAGE: memset(out, 0x5a, 64); *outLength = 64; return CKR_OK;
    case HUGE_SIGNATURE: *outLength = 1UL << 40; return CKR_OK;
    case OTHER_KEY: *outLength = 64; return sign_with(2, data, length, out);
    case REMOVED_FOR_GOOD: return CKR_DEVICE_REMOVED;
    case REMOVED_ONCE: if (number == 1) return CKR_DEVICE_REMOVED; break;
    case FINALIZED_ONCE: if (number == 1) return CKR_CRYPTOKI_NOT_INITIALIZED; break;
    case HANGS: sleep(3600); break;
    case SLOW:
        // Ends only once another call is here too.
        waiting++;
        for (int i = 0; i < 900 && waiting < 2; i++) usleep(10000);
        if (waiting < 2) return CKR_FUNCTION_FAILED;
        break;
    }
    CK_RV result = sign_with(1, data, length, out);
    *outLength = BEHAVIOR == SHORT_SIGNATURE ? 63 : 64;
    if (BEHAVIOR == ZERO_R) memset(out, 0, 32);
    return result;
}

static CK_FUNCTION_LIST list = {
    .version = {2, 40},
    .C_Initialize = initialize,
    .C_GetInfo = get_info,
    .C_GetSlotList = get_slot_list,
    .C_GetTokenInfo = get_token_info,
    .C_GetMechanismInfo = get_mechanism_info,
    .C_OpenSession = open_session,
    .C_CloseSession = close_session,
    .C_Login = login,
    .C_FindObjectsInit = find_init,
    .C_FindObjects = find,
    .C_FindObjectsFinal = find_final,
    .C_GetAttributeValue = get_attribute,
    .C_DestroyObject = destroy,
    .C_GenerateKeyPair = generate,
    .C_DeriveKey = derive,
    .C_SignInit = sign_init,
    .C_Sign = BEHAVIOR == NO_SIGN_FUNCTION ? 0 : sign,
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out) {
    *out = &list;
    return CKR_OK;
}

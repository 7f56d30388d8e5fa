// OpenSSL names that Swift cannot use as they are imported: a macro string becomes a Swift String, whose C form lives
// for one call only, while OSSL_PARAM keeps the pointer.
#pragma once
#include <openssl/core_names.h>
#include <openssl/evp.h>

static inline const char *_Nonnull v2g_param_group_name(void) { return OSSL_PKEY_PARAM_GROUP_NAME; }
static inline const char *_Nonnull v2g_param_public_key(void) { return OSSL_PKEY_PARAM_PUB_KEY; }
static inline const char *_Nonnull v2g_param_private_key(void) { return OSSL_PKEY_PARAM_PRIV_KEY; }

// Macros over casts.
static inline int v2g_selection_public_key(void) { return EVP_PKEY_PUBLIC_KEY; }
static inline int v2g_selection_key_pair(void) { return EVP_PKEY_KEYPAIR; }

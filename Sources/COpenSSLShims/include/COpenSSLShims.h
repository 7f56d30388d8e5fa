// OpenSSL calls that Swift cannot import: macros and variadics.
#pragma once
#include <openssl/evp.h>

// PKCS#11 types from p11-kit. The library itself is never linked: modules are opened with dlopen.
#pragma once
#include <p11-kit-1/p11-kit/pkcs11.h>

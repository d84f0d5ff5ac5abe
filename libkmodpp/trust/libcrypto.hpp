// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens OpenSSL's libcrypto on first use and binds the functions that are called.
#pragma once

#include "features.hpp"

#if KMODPP_WITH_OPENSSL
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#else
using EVP_MD = struct evp_md_st;
using EVP_MD_CTX = struct evp_md_ctx_st;
using EVP_SIGNATURE = struct evp_signature_st;
using EVP_PKEY = struct evp_pkey_st;
using EVP_PKEY_CTX = struct evp_pkey_ctx_st;
using BIGNUM = struct bignum_st;
using BN_CTX = struct bignum_ctx;
#endif

#include "base/error.hpp"

namespace kmodpp::trust {

#if KMODPP_WITH_OPENSSL
struct Libcrypto {
    decltype(&ERR_clear_error) err_clear_error;
    decltype(&ERR_get_error) err_get_error;
    decltype(&OSSL_LIB_CTX_new) lib_ctx_new;
    decltype(&EVP_MD_fetch) md_fetch;
    decltype(&EVP_MD_free) md_free;
    decltype(&EVP_MD_CTX_new) md_ctx_new;
    decltype(&EVP_MD_CTX_free) md_ctx_free;
    decltype(&EVP_DigestInit_ex2) digest_init;
    decltype(&EVP_DigestUpdate) digest_update;
    decltype(&EVP_DigestFinal_ex) digest_final;
    decltype(&EVP_DigestVerifyInit_ex) digest_verify_init;
    decltype(&EVP_DigestVerify) digest_verify;
    decltype(&EVP_SIGNATURE_fetch) signature_fetch;
    decltype(&EVP_SIGNATURE_free) signature_free;
    decltype(&d2i_PUBKEY_ex) d2i_pubkey;
    decltype(&EVP_PKEY_free) pkey_free;
    decltype(&EVP_PKEY_is_a) pkey_is_a;
    decltype(&EVP_PKEY_CTX_new_from_pkey) pkey_ctx_new;
    decltype(&EVP_PKEY_CTX_free) pkey_ctx_free;
    decltype(&EVP_PKEY_CTX_set_signature_md) pkey_ctx_set_signature_md;
    decltype(&EVP_PKEY_verify_init) pkey_verify_init;
    decltype(&EVP_PKEY_verify) pkey_verify;
    decltype(&BN_bin2bn) bn_bin2bn;
    decltype(&BN_bn2binpad) bn_bn2binpad;
    decltype(&BN_mod_exp) bn_mod_exp;
    decltype(&BN_new) bn_new;
    decltype(&BN_free) bn_free;
    decltype(&BN_CTX_new_ex) bn_ctx_new;
    decltype(&BN_CTX_free) bn_ctx_free;

    /// A separate library context, which does not read openssl.cnf: that file may
    /// forbid what the kernel accepts (SHA-1 on some systems).
    OSSL_LIB_CTX* context;
};
#else
struct Libcrypto;
#endif

/// unsupported if libcrypto.so.3 is not installed or kmodpp was built without it.
/// Thread-safe. The library is never closed.
[[nodiscard]] Result<const Libcrypto*> libcrypto();

/// Clears the error queue of this thread.
void forget_errors(const Libcrypto& crypto);
/// True if a call of this thread has run out of memory since forget_errors(); clears
/// the error queue.
[[nodiscard]] bool ran_out_of_memory(const Libcrypto& crypto);

}  // namespace kmodpp::trust

// SPDX-License-Identifier: LGPL-2.1-or-later
// What is called of OpenSSL's libcrypto, which is opened when the first signature is met.
#pragma once

#include "features.hpp"

#if KMODPP_WITH_OPENSSL
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#else
using EVP_MD = struct evp_md_st;
using EVP_MD_CTX = struct evp_md_ctx_st;
using EVP_SIGNATURE = struct evp_signature_st;
using EVP_PKEY = struct evp_pkey_st;
using EVP_PKEY_CTX = struct evp_pkey_ctx_st;
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

    /// A library context of our own, which reads no openssl.cnf: what that forbids (SHA-1
    /// on some systems) the kernel may well accept.
    OSSL_LIB_CTX* context;
};
#else
struct Libcrypto;
#endif

/// unsupported when libcrypto.so.3 is not there, or the build went without. Thread-safe;
/// never closed.
[[nodiscard]] Result<const Libcrypto*> libcrypto();

/// Takes the errors of this thread's calls away.
void forget_errors(const Libcrypto& crypto);
/// Whether memory has run out in one of this thread's calls since then; takes the errors
/// away.
[[nodiscard]] bool ran_out_of_memory(const Libcrypto& crypto);

}  // namespace kmodpp::trust

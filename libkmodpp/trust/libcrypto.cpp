// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/libcrypto.hpp"

#include <cerrno>

#include "io/shared_object.hpp"

#if KMODPP_DLOPEN_OPENSSL
KMODPP_DLOPEN_NOTE(KMODPP_NOTE_STRING("libcrypto.so.3"), "signatures",
                   "Verification of module signatures", "suggested");
#endif

namespace kmodpp::trust {

namespace {

Result<Libcrypto> open_libcrypto() {
    TRY_ASSIGN(const io::SharedObject library,
               io::SharedObject::open("libcrypto.so.3", "libssl3"));
    Libcrypto crypto{};
    TRY(library.bind(crypto.err_clear_error, "ERR_clear_error"));
    TRY(library.bind(crypto.err_get_error, "ERR_get_error"));
    TRY(library.bind(crypto.lib_ctx_new, "OSSL_LIB_CTX_new"));
    TRY(library.bind(crypto.md_fetch, "EVP_MD_fetch"));
    TRY(library.bind(crypto.md_free, "EVP_MD_free"));
    TRY(library.bind(crypto.md_ctx_new, "EVP_MD_CTX_new"));
    TRY(library.bind(crypto.md_ctx_free, "EVP_MD_CTX_free"));
    TRY(library.bind(crypto.digest_init, "EVP_DigestInit_ex2"));
    TRY(library.bind(crypto.digest_update, "EVP_DigestUpdate"));
    TRY(library.bind(crypto.digest_final, "EVP_DigestFinal_ex"));
    TRY(library.bind(crypto.digest_verify_init, "EVP_DigestVerifyInit_ex"));
    TRY(library.bind(crypto.digest_verify, "EVP_DigestVerify"));
    TRY(library.bind(crypto.signature_fetch, "EVP_SIGNATURE_fetch"));
    TRY(library.bind(crypto.signature_free, "EVP_SIGNATURE_free"));
    TRY(library.bind(crypto.d2i_pubkey, "d2i_PUBKEY_ex"));
    TRY(library.bind(crypto.pkey_free, "EVP_PKEY_free"));
    TRY(library.bind(crypto.pkey_is_a, "EVP_PKEY_is_a"));
    TRY(library.bind(crypto.pkey_ctx_new, "EVP_PKEY_CTX_new_from_pkey"));
    TRY(library.bind(crypto.pkey_ctx_free, "EVP_PKEY_CTX_free"));
    TRY(library.bind(crypto.pkey_ctx_set_signature_md, "EVP_PKEY_CTX_set_signature_md"));
    TRY(library.bind(crypto.pkey_verify_init, "EVP_PKEY_verify_init"));
    TRY(library.bind(crypto.pkey_verify, "EVP_PKEY_verify"));
    TRY(library.bind(crypto.bn_bin2bn, "BN_bin2bn"));
    TRY(library.bind(crypto.bn_bn2binpad, "BN_bn2binpad"));
    TRY(library.bind(crypto.bn_mod_exp, "BN_mod_exp"));
    TRY(library.bind(crypto.bn_new, "BN_new"));
    TRY(library.bind(crypto.bn_free, "BN_free"));
    TRY(library.bind(crypto.bn_ctx_new, "BN_CTX_new_ex"));
    TRY(library.bind(crypto.bn_ctx_free, "BN_CTX_free"));
    crypto.context = crypto.lib_ctx_new();
    if (crypto.context == nullptr)
        return fail_errno(ENOMEM, "cannot set up libcrypto.so.3");
    return crypto;
}

}  // namespace

Result<const Libcrypto*> libcrypto() {
    static const Result<Libcrypto> library = open_libcrypto();
    if (!library) return std::unexpected(library.error());
    return &*library;
}

void forget_errors(const Libcrypto& crypto) { crypto.err_clear_error(); }

bool ran_out_of_memory(const Libcrypto& crypto) {
    bool found = false;
    while (const unsigned long error = crypto.err_get_error())
        found |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    return found;
}

}  // namespace kmodpp::trust

// SPDX-License-Identifier: LGPL-2.1-or-later
// Hashes and keys in a build without OpenSSL: every call fails.
#include "trust/public_key.hpp"

namespace kmodpp::trust {

namespace {

std::unexpected<Error> built_without_openssl() {
    return fail(ErrorKind::unsupported, "kmodpp was built without openssl");
}

}  // namespace

Result<const Libcrypto*> libcrypto() { return built_without_openssl(); }

// Never called, because no handle is ever created.
void FreeWithLibcrypto::operator()(EVP_MD*) const {}
void FreeWithLibcrypto::operator()(EVP_MD_CTX*) const {}
void FreeWithLibcrypto::operator()(EVP_SIGNATURE*) const {}
void FreeWithLibcrypto::operator()(EVP_PKEY*) const {}
void FreeWithLibcrypto::operator()(EVP_PKEY_CTX*) const {}
void FreeWithLibcrypto::operator()(BIGNUM*) const {}
void FreeWithLibcrypto::operator()(BN_CTX*) const {}

Result<Handle<EVP_MD>> find_hash(std::string_view) { return built_without_openssl(); }
Result<Digest> digest_of(const EVP_MD*, ByteSource&, std::uint64_t, std::uint64_t) {
    return built_without_openssl();
}
Result<Digest> digest_of(const EVP_MD*, Bytes) { return built_without_openssl(); }
Result<PublicKey> PublicKey::read(const x509::PublicKeyInfo&) {
    return built_without_openssl();
}
Result<bool> is_known(KeyKind) { return built_without_openssl(); }
Result<std::optional<Refusal>> PublicKey::check(KeyKind, const SignedContents&,
                                                Bytes) const {
    return built_without_openssl();
}
bool PublicKey::operator==(const PublicKey&) const { return false; }

void forget_errors(const Libcrypto&) {}
bool ran_out_of_memory(const Libcrypto&) { return false; }

}  // namespace kmodpp::trust

// SPDX-License-Identifier: LGPL-2.1-or-later
// Hashes and keys in a build without OpenSSL: every call fails.
#include "trust/public_key.hpp"

namespace kmodpp::trust {

namespace {

std::unexpected<Error> left_out() {
    return fail(ErrorKind::unsupported, "kmodpp was built without openssl");
}

}  // namespace

Result<const Libcrypto*> libcrypto() { return left_out(); }

// Never called, because no handle is ever created.
void FreeWithLibcrypto::operator()(EVP_MD*) const {}
void FreeWithLibcrypto::operator()(EVP_MD_CTX*) const {}
void FreeWithLibcrypto::operator()(EVP_SIGNATURE*) const {}
void FreeWithLibcrypto::operator()(EVP_PKEY*) const {}
void FreeWithLibcrypto::operator()(EVP_PKEY_CTX*) const {}
void FreeWithLibcrypto::operator()(BIGNUM*) const {}
void FreeWithLibcrypto::operator()(BN_CTX*) const {}

Result<Handle<EVP_MD>> find_hash(std::string_view) { return left_out(); }
Result<Digest> digest_of(const EVP_MD*, ByteSource&, std::uint64_t, std::uint64_t) {
    return left_out();
}
Result<Digest> digest_of(const EVP_MD*, Bytes) { return left_out(); }
Result<PublicKey> PublicKey::read(const x509::PublicKeyInfo&) { return left_out(); }
Result<bool> is_known(KeyKind) { return left_out(); }
Result<std::optional<Refusal>> PublicKey::check(KeyKind, const SignedContents&,
                                                Bytes) const {
    return left_out();
}
bool PublicKey::operator==(const PublicKey&) const { return false; }

void forget_errors(const Libcrypto&) {}
bool ran_out_of_memory(const Libcrypto&) { return false; }

}  // namespace kmodpp::trust

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/public_key.hpp"

#include <cerrno>
#include <limits>
#include <string>

#include "base/text.hpp"

namespace kmodpp::trust {

namespace {

/// libcrypto was there when the object was made.
const Libcrypto& opened() { return **libcrypto(); }

unsigned char* writable(std::span<std::byte> bytes) {
    return static_cast<unsigned char*>(static_cast<void*>(bytes.data()));
}
const unsigned char* readable(Bytes bytes) {
    return static_cast<const unsigned char*>(static_cast<const void*>(bytes.data()));
}

Result<Handle<EVP_MD_CTX>> begin(const Libcrypto& crypto, const EVP_MD* hash) {
    Handle<EVP_MD_CTX> context(crypto.md_ctx_new());
    if (!context || crypto.digest_init(context.get(), hash, nullptr) != 1)
        return fail_errno(ENOMEM, "cannot set up a hash");
    return context;
}

Result<Digest> finish(const Libcrypto& crypto, EVP_MD_CTX* context) {
    Digest digest;
    unsigned size = 0;
    if (crypto.digest_final(context, writable(digest.value), &size) != 1)
        return fail_errno(EIO, "cannot finish a hash");
    digest.size = size;
    return digest;
}

}  // namespace

void FreeWithLibcrypto::operator()(EVP_MD* md) const { opened().md_free(md); }
void FreeWithLibcrypto::operator()(EVP_MD_CTX* context) const {
    opened().md_ctx_free(context);
}
void FreeWithLibcrypto::operator()(EVP_SIGNATURE* signature) const {
    opened().signature_free(signature);
}
void FreeWithLibcrypto::operator()(EVP_PKEY* key) const { opened().pkey_free(key); }
void FreeWithLibcrypto::operator()(EVP_PKEY_CTX* context) const {
    opened().pkey_ctx_free(context);
}

Result<Handle<EVP_MD>> find_hash(std::string_view name) {
    TRY_ASSIGN(const Libcrypto* const crypto, libcrypto());
    Handle<EVP_MD> hash(
        crypto->md_fetch(crypto->context, std::string(name).c_str(), nullptr));
    if (!hash)
        return fail(ErrorKind::not_found, cat("libcrypto has no hash '", name, "'"));
    return hash;
}

Result<Digest> digest_of(const EVP_MD* hash, ByteSource& source, std::uint64_t offset,
                         std::uint64_t size) {
    TRY_ASSIGN(const Libcrypto* const crypto, libcrypto());
    TRY_ASSIGN(const Handle<EVP_MD_CTX> context, begin(*crypto, hash));
    TRY(source.visit(offset, size, [&](Bytes piece) {
        crypto->digest_update(context.get(), piece.data(), piece.size());
    }));
    return finish(*crypto, context.get());
}

Result<Digest> digest_of(const EVP_MD* hash, Bytes bytes) {
    MemorySource source(bytes);
    return digest_of(hash, source, 0, bytes.size());
}

Result<PublicKey> PublicKey::read(Bytes info) {
    TRY_ASSIGN(const Libcrypto* const crypto, libcrypto());
    const unsigned char* at = readable(info);
    if (info.size() > static_cast<std::size_t>(std::numeric_limits<long>::max()))
        return fail(ErrorKind::malformed, "a public key beyond all measure");
    Handle<EVP_PKEY> key(crypto->d2i_pubkey(nullptr, &at, static_cast<long>(info.size()),
                                            crypto->context, nullptr));
    if (!key) return fail(ErrorKind::unsupported, "libcrypto cannot read its public key");
    return PublicKey(std::move(key));
}

Result<bool> is_known(KeyKind kind) {
    if (!takes_contents(kind)) return true;
    TRY_ASSIGN(const Libcrypto* const crypto, libcrypto());
    return Handle<EVP_SIGNATURE>(crypto->signature_fetch(crypto->context, to_string(kind),
                                                         nullptr)) != nullptr;
}

bool PublicKey::verifies(KeyKind kind, const SignedContents& what,
                         Bytes signature) const {
    if (opened().pkey_is_a(key_.get(), to_string(kind)) != 1) return false;
    return takes_contents(kind) ? verifies_contents(what.contents, signature)
                                : verifies_digest(what, signature);
}

bool PublicKey::verifies_digest(const SignedContents& what, Bytes signature) const {
    const Libcrypto& crypto = opened();
    const Handle<EVP_PKEY_CTX> context(
        crypto.pkey_ctx_new(crypto.context, key_.get(), nullptr));
    // PKCS#1 v1.5 is the padding of RSA that nothing else was asked for.
    return context && crypto.pkey_verify_init(context.get()) == 1 &&
           crypto.pkey_ctx_set_signature_md(context.get(), what.hash) == 1 &&
           crypto.pkey_verify(context.get(), readable(signature), signature.size(),
                              readable(what.digest.bytes()), what.digest.size) == 1;
}

bool PublicKey::verifies_contents(Bytes contents, Bytes signature) const {
    const Libcrypto& crypto = opened();
    const Handle<EVP_MD_CTX> context(crypto.md_ctx_new());
    return context &&
           crypto.digest_verify_init(context.get(), nullptr, nullptr, crypto.context,
                                     nullptr, key_.get(), nullptr) == 1 &&
           crypto.digest_verify(context.get(), readable(signature), signature.size(),
                                readable(contents), contents.size()) == 1;
}

}  // namespace kmodpp::trust

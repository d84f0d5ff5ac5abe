// SPDX-License-Identifier: LGPL-2.1-or-later
// Hashes, and public keys that check signatures.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "format/key_algorithms.hpp"
#include "format/x509.hpp"
#include "trust/libcrypto.hpp"
#include "trust/refusal.hpp"

namespace kmodpp::trust {

/// A hash value. Value type.
struct Digest {
    std::array<std::byte, 64> value = {};
    std::size_t size = 0;
    [[nodiscard]] Bytes bytes() const { return Bytes(value).first(size); }
};

struct FreeWithLibcrypto {
    void operator()(EVP_MD* md) const;
    void operator()(EVP_MD_CTX* context) const;
    void operator()(EVP_SIGNATURE* signature) const;
    void operator()(EVP_PKEY* key) const;
    void operator()(EVP_PKEY_CTX* context) const;
    void operator()(BIGNUM* number) const;
    void operator()(BN_CTX* context) const;
};
template <class T>
using Handle = std::unique_ptr<T, FreeWithLibcrypto>;

/// A hash function of libcrypto: not_found if it has none of that name ("sha256").
[[nodiscard]] Result<Handle<EVP_MD>> find_hash(std::string_view name);

/// The digest of a range of a source, read once and not kept.
[[nodiscard]] Result<Digest> digest_of(const EVP_MD* hash, ByteSource& source,
                                       std::uint64_t offset, std::uint64_t size);
[[nodiscard]] Result<Digest> digest_of(const EVP_MD* hash, Bytes bytes);

/// True if the installed libcrypto can verify with them: OpenSSL has ML-DSA since 3.5.
[[nodiscard]] Result<bool> is_known(KeyKind kind);

/// What a signature covers. Borrows.
struct SignedContents {
    // For keys that sign a digest:
    const EVP_MD* hash = nullptr;
    std::string_view hash_name = {};
    Digest digest = {};
    // For keys that sign contents:
    Bytes contents = {};
};

/// A public key as the kernel uses it. Move-only; const use is safe from several threads.
class PublicKey {
public:
    /// Fails only if libcrypto is not installed or the machine fails. A key that the
    /// kernel cannot use is a value too: check() refuses every signature, with its errno.
    [[nodiscard]] static Result<PublicKey> read(const x509::PublicKeyInfo& info);

    /// nullopt: that was signed with this key (RSA with PKCS#1 v1.5 padding, ECDSA, or
    /// pure ML-DSA). Else the refusal, with the kernel's errno. An error: it could not be
    /// checked.
    [[nodiscard]] Result<std::optional<Refusal>> check(KeyKind kind,
                                                       const SignedContents& what,
                                                       Bytes signature) const;

    [[nodiscard]] KeyKind kind() const { return kind_; }
    /// The same key, however it is encoded.
    [[nodiscard]] bool operator==(const PublicKey& other) const;

private:
    explicit PublicKey(KeyKind kind) : kind_(kind) {}
    [[nodiscard]] std::optional<Refusal> read_rsa(Bytes key);
    [[nodiscard]] Result<std::optional<Refusal>> read_ec(const x509::PublicKeyInfo& info);
    [[nodiscard]] Result<std::optional<Refusal>> check_rsa(const SignedContents& what,
                                                           Bytes signature) const;
    [[nodiscard]] Result<std::optional<Refusal>> check_ec(const SignedContents& what,
                                                          Bytes signature) const;
    [[nodiscard]] Result<std::optional<Refusal>> check_contents(Bytes contents,
                                                                Bytes signature) const;

    KeyKind kind_;
    std::optional<Refusal> unusable_ = {};
    // Without leading zeros: modulus and exponent of RSA; the coordinates of a point; the
    // key bytes of ML-DSA.
    std::string first_ = {};
    std::string second_ = {};
    std::size_t size_ = 0;       ///< bytes of an RSA signature, or of a coordinate
    Handle<EVP_PKEY> key_ = {};  ///< of ECDSA and ML-DSA
};

}  // namespace kmodpp::trust

// SPDX-License-Identifier: LGPL-2.1-or-later
// Computes hashes and verifies signatures with public keys.
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

/// A hash value.
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

/// Looks up a hash function by name ("sha256"); not_found if libcrypto does not have
/// it.
[[nodiscard]] Result<Handle<EVP_MD>> find_hash(std::string_view name);

/// Hashes a range of \p source in one pass, without keeping it in memory.
[[nodiscard]] Result<Digest> digest_of(const EVP_MD* hash, ByteSource& source,
                                       std::uint64_t offset, std::uint64_t size);
[[nodiscard]] Result<Digest> digest_of(const EVP_MD* hash, Bytes bytes);

/// True if the installed libcrypto supports this kind of key. ML-DSA needs OpenSSL 3.5.
[[nodiscard]] Result<bool> is_known(KeyKind kind);

/// What a signature covers. Borrows everything but the digest.
struct SignedContents {
    // For keys that sign a digest:
    const EVP_MD* hash = nullptr;
    std::string_view hash_name = {};
    Digest digest = {};
    // For keys that sign the contents themselves:
    Bytes contents = {};
};

/// A public key that verifies signatures as the kernel does. Move-only; const functions
/// may be called from several threads.
class PublicKey {
public:
    /// Fails only if libcrypto cannot be opened or memory runs out. A key that the
    /// kernel cannot use is not an error: its check() refuses every signature, with the
    /// kernel's errno.
    [[nodiscard]] static Result<PublicKey> read(const x509::PublicKeyInfo& info);

    /// nullopt if \p what was signed with this key (RSA with PKCS#1 v1.5 padding,
    /// ECDSA, or pure ML-DSA); otherwise the refusal, with the kernel's errno. An error
    /// means that the check could not be carried out.
    [[nodiscard]] Result<std::optional<Refusal>> check(KeyKind kind,
                                                       const SignedContents& what,
                                                       Bytes signature) const;

    [[nodiscard]] KeyKind kind() const { return kind_; }
    /// True if both are the same key, regardless of their encodings.
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
    // RSA: modulus and exponent, without leading zeros. EC: the coordinates of the
    // point. ML-DSA: the bytes of the key, in first_ only.
    std::string first_ = {};
    std::string second_ = {};
    std::string_view order_ = {};  ///< of the curve
    std::size_t size_ = 0;         ///< in bytes: of an RSA signature, or of a coordinate
    Handle<EVP_PKEY> key_ = {};    ///< for ECDSA and ML-DSA
};

}  // namespace kmodpp::trust

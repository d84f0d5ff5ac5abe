// SPDX-License-Identifier: LGPL-2.1-or-later
// Hashes, and public keys that say whether a hash was signed with them.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "trust/libcrypto.hpp"

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
};
template <class T>
using Handle = std::unique_ptr<T, FreeWithLibcrypto>;

/// A hash function of libcrypto: not_found when it knows none of that name ("sha256").
[[nodiscard]] Result<Handle<EVP_MD>> find_hash(std::string_view name);

/// The digest of a range of a source, read once and not kept.
[[nodiscard]] Result<Digest> digest_of(const EVP_MD* hash, ByteSource& source,
                                       std::uint64_t offset, std::uint64_t size);
[[nodiscard]] Result<Digest> digest_of(const EVP_MD* hash, Bytes bytes);

enum class KeyKind { rsa, ec, ml_dsa_44, ml_dsa_65, ml_dsa_87 };
/// "ML-DSA-44".
[[nodiscard]] const char* to_string(KeyKind kind);
/// Whether such keys sign contents as they are, and not a digest of them.
[[nodiscard]] constexpr bool takes_contents(KeyKind kind) {
    return kind >= KeyKind::ml_dsa_44;
}
/// Whether the libcrypto here can verify with them: OpenSSL has ML-DSA since 3.5.
[[nodiscard]] Result<bool> is_known(KeyKind kind);

/// How something was signed.
struct SignatureAlgorithm {
    KeyKind key;
    /// The hash that is part of the algorithm's id; empty: named elsewhere.
    std::string_view hash;
};
/// Those that the kernel takes in a PKCS#7 signer (pkcs7_sig_note_pkey_algo).
[[nodiscard]] std::optional<SignatureAlgorithm> signer_algorithm(Bytes oid);
/// Those that it takes in a certificate (x509_note_sig_algo).
[[nodiscard]] std::optional<SignatureAlgorithm> certificate_algorithm(Bytes oid);

/// The kind of a key by the object identifier in its certificate; nullopt: the kernel has
/// no such keys.
[[nodiscard]] std::optional<KeyKind> key_kind(Bytes oid);

/// What a signature is over. Borrows.
struct SignedContents {
    // For keys that sign a digest:
    const EVP_MD* hash = nullptr;
    Digest digest = {};
    // For those that take contents:
    Bytes contents = {};
};

/// Move-only; const use is safe from several threads.
class PublicKey {
public:
    /// \param info SubjectPublicKeyInfo; unsupported when libcrypto cannot use it
    [[nodiscard]] static Result<PublicKey> read(Bytes info);
    /// Whether that was signed: RSA with PKCS#1 v1.5 padding, ECDSA, or pure ML-DSA.
    [[nodiscard]] bool verifies(KeyKind kind, const SignedContents& what,
                                Bytes signature) const;

private:
    [[nodiscard]] bool verifies_digest(const SignedContents& what, Bytes signature) const;
    [[nodiscard]] bool verifies_contents(Bytes contents, Bytes signature) const;
    explicit PublicKey(Handle<EVP_PKEY> key) : key_(std::move(key)) {}
    Handle<EVP_PKEY> key_;
};

}  // namespace kmodpp::trust

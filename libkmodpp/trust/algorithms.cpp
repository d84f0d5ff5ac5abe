// SPDX-License-Identifier: LGPL-2.1-or-later
// The signature algorithms by their object identifiers, and what they are called.
#include <algorithm>
#include <span>

#include "trust/public_key.hpp"

namespace kmodpp::trust {

namespace {

using namespace std::string_view_literals;

struct Row {
    std::string_view oid;
    SignatureAlgorithm algorithm;
};

constexpr Row kRsa = {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv, {KeyKind::rsa, ""}};

/// ecdsa-with-…
constexpr Row kEcdsa[] = {
    {"\x2a\x86\x48\xce\x3d\x04\x01"sv, {KeyKind::ec, "sha1"}},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x01"sv, {KeyKind::ec, "sha224"}},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x02"sv, {KeyKind::ec, "sha256"}},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x03"sv, {KeyKind::ec, "sha384"}},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x04"sv, {KeyKind::ec, "sha512"}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0a"sv, {KeyKind::ec, "sha3-256"}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0b"sv, {KeyKind::ec, "sha3-384"}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0c"sv, {KeyKind::ec, "sha3-512"}},
};

/// id-ml-dsa-…: of the key, of a signer and in a certificate alike (RFC 9881, RFC 9882).
constexpr Row kMlDsa[] = {
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x11"sv, {KeyKind::ml_dsa_44, ""}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x12"sv, {KeyKind::ml_dsa_65, ""}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x13"sv, {KeyKind::ml_dsa_87, ""}},
};

/// …WithRSAEncryption
constexpr Row kRsaWithHash[] = {
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"sv, {KeyKind::rsa, "sha1"}},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"sv, {KeyKind::rsa, "sha256"}},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"sv, {KeyKind::rsa, "sha384"}},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"sv, {KeyKind::rsa, "sha512"}},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e"sv, {KeyKind::rsa, "sha224"}},
};

std::optional<SignatureAlgorithm> find(std::span<const Row> rows, Bytes oid) {
    const auto row = std::ranges::find(rows, as_text(oid), &Row::oid);
    if (row == rows.end()) return std::nullopt;
    return row->algorithm;
}

/// In the order of the enumeration, as libcrypto calls them.
constexpr const char* kKeyNames[] = {"RSA", "EC", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"};

}  // namespace

const char* to_string(KeyKind kind) { return kKeyNames[static_cast<std::size_t>(kind)]; }

std::optional<SignatureAlgorithm> signer_algorithm(Bytes oid) {
    if (as_text(oid) == kRsa.oid) return kRsa.algorithm;
    if (const auto ecdsa = find(kEcdsa, oid)) return ecdsa;
    return find(kMlDsa, oid);
}

std::optional<KeyKind> key_kind(Bytes oid) {
    constexpr std::string_view kEcPublicKey = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
    if (as_text(oid) == kRsa.oid) return KeyKind::rsa;
    if (as_text(oid) == kEcPublicKey) return KeyKind::ec;
    const auto ml_dsa = find(kMlDsa, oid);
    if (!ml_dsa) return std::nullopt;
    return ml_dsa->key;
}

std::optional<SignatureAlgorithm> certificate_algorithm(Bytes oid) {
    if (const auto rsa = find(kRsaWithHash, oid)) return rsa;
    if (const auto ecdsa = find(kEcdsa, oid)) return ecdsa;
    return find(kMlDsa, oid);
}

}  // namespace kmodpp::trust

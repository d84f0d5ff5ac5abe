// SPDX-License-Identifier: LGPL-2.1-or-later
// The signature algorithms by their object identifiers.
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

}  // namespace

std::optional<SignatureAlgorithm> signer_algorithm(Bytes oid) {
    if (as_text(oid) == kRsa.oid) return kRsa.algorithm;
    return find(kEcdsa, oid);
}

bool is_key_algorithm(Bytes oid) {
    constexpr std::string_view kEcPublicKey = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
    return as_text(oid) == kRsa.oid || as_text(oid) == kEcPublicKey;
}

std::optional<SignatureAlgorithm> certificate_algorithm(Bytes oid) {
    if (const auto rsa = find(kRsaWithHash, oid)) return rsa;
    return find(kEcdsa, oid);
}

}  // namespace kmodpp::trust

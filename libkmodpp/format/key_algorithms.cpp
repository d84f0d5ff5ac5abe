// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/key_algorithms.hpp"

#include <algorithm>
#include <span>

namespace kmodpp {

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

/// id-ml-dsa-…: the same for keys, signers and certificates (RFC 9881, RFC 9882).
constexpr Row kMlDsa[] = {
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x11"sv, {KeyKind::ml_dsa_44, ""}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x12"sv, {KeyKind::ml_dsa_65, ""}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x13"sv, {KeyKind::ml_dsa_87, ""}},
};

/// …WithRSAEncryption, id-rsassa-pkcs1-v1-5-with-…
constexpr Row kRsaWithHash[] = {
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"sv, {KeyKind::rsa, "sha1"}},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"sv, {KeyKind::rsa, "sha256"}},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"sv, {KeyKind::rsa, "sha384"}},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"sv, {KeyKind::rsa, "sha512"}},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e"sv, {KeyKind::rsa, "sha224"}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0e"sv, {KeyKind::rsa, "sha3-256"}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x0f"sv, {KeyKind::rsa, "sha3-384"}},
    {"\x60\x86\x48\x01\x65\x03\x04\x03\x10"sv, {KeyKind::rsa, "sha3-512"}},
};

/// id-tc26-signwithdigest-gost3410-2012-…
constexpr Row kGost[] = {
    {"\x2a\x85\x03\x07\x01\x01\x03\x02"sv, {KeyKind::gost, "streebog256"}},
    {"\x2a\x85\x03\x07\x01\x01\x03\x03"sv, {KeyKind::gost, "streebog512"}},
};

/// id-tc26-gost3410-2012-…
constexpr std::string_view kGostKeys[] = {"\x2a\x85\x03\x07\x01\x01\x01\x01"sv,
                                          "\x2a\x85\x03\x07\x01\x01\x01\x02"sv};

std::optional<SignatureAlgorithm> find(std::span<const Row> rows, Bytes oid) {
    const auto row = std::ranges::find(rows, as_text(oid), &Row::oid);
    if (row == rows.end()) return std::nullopt;
    return row->algorithm;
}

/// The names in libcrypto, in the order of the enumerators of KeyKind.
constexpr const char* kKeyNames[] = {"RSA",       "EC",        "GOST",
                                     "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"};

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
    if (std::ranges::find(kGostKeys, as_text(oid)) != std::end(kGostKeys))
        return KeyKind::gost;
    const auto ml_dsa = find(kMlDsa, oid);
    if (!ml_dsa) return std::nullopt;
    return ml_dsa->key;
}

std::optional<SignatureAlgorithm> certificate_algorithm(Bytes oid) {
    if (const auto rsa = find(kRsaWithHash, oid)) return rsa;
    if (const auto ecdsa = find(kEcdsa, oid)) return ecdsa;
    if (const auto gost = find(kGost, oid)) return gost;
    return find(kMlDsa, oid);
}

const Curve* find_curve(Bytes oid) {
    static constexpr Curve kCurves[] = {
        {"\x2a\x86\x48\xce\x3d\x03\x01\x01"sv, "P-192", 24,
         "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x99\xde\xf8\x36"
         "\x14\x6b\xc9\xb1\xb4\xd2\x28\x31"sv},
        {"\x2a\x86\x48\xce\x3d\x03\x01\x07"sv, "P-256", 32,
         "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
         "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"sv},
        {"\x2b\x81\x04\x00\x22"sv, "P-384", 48,
         "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
         "\xff\xff\xff\xff\xff\xff\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf"
         "\x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a\xcc\xc5\x29\x73"sv},
        {"\x2b\x81\x04\x00\x23"sv, "P-521", 66,
         "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
         "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
         "\xff\xfa\x51\x86\x87\x83\xbf\x2f\x96\x6b\x7f\xcc\x01\x48\xf7\x09"
         "\xa5\xd0\x3b\xb5\xc9\xb8\x89\x9c\x47\xae\xbb\x6f\xb7\x1e\x91\x38"
         "\x64\x09"sv},
    };
    const auto* const found = std::ranges::find(kCurves, as_text(oid), &Curve::oid);
    return found == std::end(kCurves) ? nullptr : found;
}

}  // namespace kmodpp

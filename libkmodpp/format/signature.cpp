// SPDX-License-Identifier: LGPL-2.1-or-later
// Takes an appended signature apart: trailer, then PKCS#7 or the older plain form.
#include "format/signature.hpp"

#include <array>

#include "base/endian.hpp"
#include "base/text.hpp"
#include "format/der.hpp"

namespace kmodpp {

namespace {

constexpr std::size_t kTrailerSize = 12;

struct Trailer {
    std::uint8_t algo, hash, id_type, signer_len, key_id_len;
    std::array<std::uint8_t, 3> pad;
    std::uint32_t sig_len;
};

/// Ids of struct module_signature (source: include/crypto/hash_info.h).
constexpr std::array<std::string_view, 8> kTrailerHashes = {
    "md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224"};

struct NamedOid {
    std::string_view oid;  ///< the DER contents
    std::string_view name;
};

using namespace std::string_view_literals;
constexpr std::string_view kSignedDataOid = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv;
constexpr std::string_view kCommonNameOid = "\x55\x04\x03"sv;
constexpr NamedOid kHashOids[] = {
    {"\x2a\x86\x48\x86\xf7\x0d\x02\x04"sv, "md4"},
    {"\x2a\x86\x48\x86\xf7\x0d\x02\x05"sv, "md5"},
    {"\x2b\x0e\x03\x02\x1a"sv, "sha1"},
    {"\x2b\x24\x03\x02\x01"sv, "rmd160"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv, "sha256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x02"sv, "sha384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x03"sv, "sha512"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x04"sv, "sha224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x07"sv, "sha3-224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x08"sv, "sha3-256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x09"sv, "sha3-384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x0a"sv, "sha3-512"},
    {"\x2a\x85\x03\x07\x01\x01\x02\x02"sv, "streebog256"},
    {"\x2a\x85\x03\x07\x01\x01\x02\x03"sv, "streebog512"},
    {"\x2a\x81\x1c\xcf\x55\x01\x83\x11"sv, "sm3"},
};

std::unexpected<Error> malformed(std::string message) {
    return fail(ErrorKind::malformed, cat("module signature: ", message));
}

Trailer decode_trailer(Bytes bytes) {
    const auto u8 = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    return {u8(0),
            u8(1),
            u8(2),
            u8(3),
            u8(4),
            {u8(5), u8(6), u8(7)},
            load<std::uint32_t>(bytes.data() + 8, std::endian::big)};
}

std::string owned(Bytes bytes) { return std::string(as_text(bytes)); }

/// The first common name, as it stands in the certificate.
Result<std::string> read_common_name(der::Reader name) {
    while (!name.at_end()) {
        TRY_ASSIGN(der::Reader rdn, name.enter(der::kSet, "issuer: name part"));
        while (!rdn.at_end()) {
            TRY_ASSIGN(der::Reader attribute,
                       rdn.enter(der::kSequence, "issuer: attribute"));
            TRY_ASSIGN(const Bytes oid,
                       attribute.take(der::kObjectId, "issuer: attribute type"));
            if (as_text(oid) != kCommonNameOid) continue;
            // Any of the string types.
            TRY_ASSIGN(const Bytes value, attribute.take(attribute.peek().value_or(0),
                                                         "issuer: common name"));
            return owned(value);
        }
    }
    return std::string();
}

/// The magnitude of a serial number: DER puts a zero before a high bit.
Bytes without_sign_byte(Bytes integer) {
    if (integer.size() > 1 && integer[0] == std::byte{0}) return integer.subspan(1);
    return integer;
}

Status read_signer_id(der::Reader& info, ModuleSignature& out) {
    for (const std::uint8_t tag :
         {der::primitive_context(0), der::constructed_context(0)})
        if (info.peek() == tag) {
            TRY_ASSIGN(const Bytes id, info.take(tag, "subjectKeyIdentifier"));
            out.key_id = owned(id);
            return {};
        }
    TRY_ASSIGN(der::Reader sid, info.enter(der::kSequence, "issuerAndSerialNumber"));
    TRY_ASSIGN(const der::Reader issuer, sid.enter(der::kSequence, "issuer"));
    TRY_ASSIGN(out.signer, read_common_name(issuer));
    TRY_ASSIGN(const Bytes serial, sid.take(der::kInteger, "serialNumber"));
    out.key_id = owned(without_sign_byte(serial));
    return {};
}

//   ContentInfo { signedData OID, [0] SignedData { version, digestAlgorithms,
//     encapContentInfo, [0] certificates?, [1] crls?, signerInfos { SignerInfo {
//       version, issuerAndSerialNumber | [0] subjectKeyIdentifier, digestAlgorithm,
//       [0] signedAttrs?, signatureAlgorithm, signature, … } } } }   (RFC 5652)
Status read_pkcs7(Bytes blob, ModuleSignature& out) {
    der::Reader top(blob);
    TRY_ASSIGN(der::Reader content_info, top.enter(der::kSequence, "ContentInfo"));
    TRY_ASSIGN(const Bytes type, content_info.take(der::kObjectId, "contentType"));
    if (as_text(type) != kSignedDataOid)
        return fail(ErrorKind::malformed, "contentType: not SignedData");
    TRY_ASSIGN(der::Reader content,
               content_info.enter(der::constructed_context(0), "content"));
    TRY_ASSIGN(der::Reader data, content.enter(der::kSequence, "SignedData"));
    TRY(data.take(der::kInteger, "SignedData version"));
    TRY(data.take(der::kSet, "digestAlgorithms"));
    TRY(data.take(der::kSequence, "encapContentInfo"));
    TRY(data.skip_if(der::constructed_context(0), "certificates"));
    TRY(data.skip_if(der::constructed_context(1), "crls"));
    TRY_ASSIGN(der::Reader signers, data.enter(der::kSet, "signerInfos"));
    TRY_ASSIGN(der::Reader info, signers.enter(der::kSequence, "SignerInfo"));
    TRY(info.take(der::kInteger, "SignerInfo version"));
    TRY(read_signer_id(info, out));
    TRY_ASSIGN(der::Reader digest, info.enter(der::kSequence, "digestAlgorithm"));
    TRY_ASSIGN(const Bytes hash, digest.take(der::kObjectId, "digestAlgorithm id"));
    for (const NamedOid& known : kHashOids)
        if (as_text(hash) == known.oid) out.hash_algorithm = known.name;
    TRY(info.skip_if(der::constructed_context(0), "signedAttrs"));
    TRY(info.take(der::kSequence, "signatureAlgorithm"));
    TRY_ASSIGN(const Bytes signature, info.take(der::kOctetString, "signature"));
    out.signature = owned(signature);
    return {};
}

/// `before` is what the file has in front of the trailer.
Result<ModuleSignature> read_plain(ByteSource& source, const Trailer& trailer,
                                   std::uint64_t before) {
    ModuleSignature out;
    out.kind = trailer.id_type == 0 ? SignatureKind::pgp : SignatureKind::x509;
    const std::uint64_t fields =
        std::uint64_t{trailer.signer_len} + trailer.key_id_len + trailer.sig_len;
    if (fields >= before)
        return malformed(cat("signer, key id and signature of ", fields,
                             " bytes leave no module in ", before, " bytes"));
    out.body_size = before - fields;
    TRY_ASSIGN(const Bytes bytes, source.slice(out.body_size, fields));
    out.signer = owned(bytes.first(trailer.signer_len));
    out.key_id = owned(bytes.subspan(trailer.signer_len, trailer.key_id_len));
    out.signature = owned(bytes.last(trailer.sig_len));
    if (trailer.hash < kTrailerHashes.size())
        out.hash_algorithm = kTrailerHashes[trailer.hash];
    return out;
}

Result<ModuleSignature> read_cms(ByteSource& source, const Trailer& trailer,
                                 std::uint64_t before) {
    const struct {
        std::string_view name;
        unsigned value;
    } unused[] = {{"algo", trailer.algo},
                  {"hash", trailer.hash},
                  {"signer_len", trailer.signer_len},
                  {"key_id_len", trailer.key_id_len},
                  {"pad[0]", trailer.pad[0]},
                  {"pad[1]", trailer.pad[1]},
                  {"pad[2]", trailer.pad[2]}};
    for (const auto& field : unused)
        if (field.value != 0)
            return malformed(cat("trailer field ", field.name, " is ", field.value,
                                 ", which PKCS#7 leaves zero"));
    ModuleSignature out;
    out.body_size = before - trailer.sig_len;
    TRY_ASSIGN(const Bytes blob, source.slice(out.body_size, trailer.sig_len));
    if (auto status = read_pkcs7(blob, out); !status)
        return std::unexpected(within(status.error(), "module signature: PKCS#7"));
    return out;
}

}  // namespace

Result<std::optional<ModuleSignature>> read_signature(ByteSource& source) {
    const std::uint64_t size = source.size();
    if (size < kSignatureMarker.size()) return std::nullopt;
    const std::uint64_t end = size - kSignatureMarker.size();
    const std::uint64_t tail_start = end < kTrailerSize ? 0 : end - kTrailerSize;
    TRY_ASSIGN(const Bytes tail, source.slice(tail_start, size - tail_start));
    if (!as_text(tail).ends_with(kSignatureMarker)) return std::nullopt;
    if (end < kTrailerSize)
        return malformed(cat("trailer: only ", end, " of ", kTrailerSize,
                             " bytes stand before the marker"));
    const Trailer trailer = decode_trailer(tail.first(kTrailerSize));

    // In the order of the kernel's mod_check_sig(), so that the first complaint is the
    // same.
    if (trailer.sig_len >= tail_start)
        return malformed(cat("sig_len ", trailer.sig_len, " leaves no module in the ",
                             tail_start, " bytes before the trailer"));
    switch (trailer.id_type) {
        case 0:
        case 1: return read_plain(source, trailer, tail_start);
        case 2: return read_cms(source, trailer, tail_start);
        default:
            return fail(ErrorKind::unsupported, cat("module signature: id_type ",
                                                    trailer.id_type, " is unknown"));
    }
}

std::string_view to_string(SignatureKind kind) {
    switch (kind) {
        case SignatureKind::pgp: return "PGP";
        case SignatureKind::x509: return "X509";
        case SignatureKind::pkcs7: return "PKCS#7";
    }
    return "unknown";
}

}  // namespace kmodpp

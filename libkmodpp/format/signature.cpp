// SPDX-License-Identifier: LGPL-2.1-or-later
// Parses an appended signature: the trailer, then PKCS#7 or the older plain form.
#include "format/signature.hpp"

#include <array>

#include "base/text.hpp"
#include "format/oids.hpp"
#include "format/x509_parts.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kWhat = "module signature";

/// Hash ids of struct module_signature (source: include/crypto/hash_info.h).
constexpr std::array<std::string_view, 8> kTrailerHashes = {
    "md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224"};

std::string owned(Bytes bytes) { return std::string(as_text(bytes)); }

/// The magnitude of a serial number: DER adds a zero byte before a high bit.
Bytes without_sign_byte(Bytes integer) {
    if (integer.size() > 1 && integer[0] == std::byte{0}) return integer.subspan(1);
    return integer;
}

Result<ModuleSignature> read_plain(ByteSource& source, const SignatureTail& tail) {
    ModuleSignature out;
    out.kind = tail.id_type == 0 ? SignatureKind::pgp : SignatureKind::x509;
    const std::uint64_t fields =
        std::uint64_t{tail.signer_len} + tail.key_id_len + tail.sig_len;
    if (fields >= tail.before)
        return fail(ErrorKind::malformed,
                    cat("signer, key id and signature of ", fields,
                        " bytes leave no module in ", tail.before, " bytes"));
    out.body_size = tail.before - fields;
    TRY_ASSIGN(const Bytes bytes, source.slice(out.body_size, fields));
    out.signer = owned(bytes.first(tail.signer_len));
    out.key_id = owned(bytes.subspan(tail.signer_len, tail.key_id_len));
    out.signature = owned(bytes.last(tail.sig_len));
    if (tail.hash < kTrailerHashes.size()) out.hash_algorithm = kTrailerHashes[tail.hash];
    return out;
}

Result<ModuleSignature> read_pkcs7(Bytes blob) {
    pkcs7::SignedData data;
    const Status reading = pkcs7::read_signed_data(blob, data);
    if (data.type && as_text(*data.type) != oid::kSignedData)
        return fail(ErrorKind::malformed, "contentType: not SignedData");
    TRY(reading);
    ModuleSignature out;
    if (data.signers.empty()) return fail(ErrorKind::malformed, "signerInfos: empty");
    TRY(name_signer(data.signers.front(), out));
    return out;
}

Result<ModuleSignature> read_cms(ByteSource& source, const SignatureTail& tail) {
    TRY(tail.check_unused());
    TRY_ASSIGN(const Bytes blob, source.slice(tail.body_size(), tail.sig_len));
    auto out = read_pkcs7(blob);
    if (!out) return std::unexpected(within(std::move(out).error(), "PKCS#7"));
    out->body_size = tail.body_size();
    return out;
}

Result<ModuleSignature> read_kind(ByteSource& source, const SignatureTail& tail) {
    switch (tail.id_type) {
        case 0:
        case 1: return read_plain(source, tail);
        case kPkcs7IdType: return read_cms(source, tail);
        default:
            return fail(ErrorKind::unsupported,
                        cat("id_type ", tail.id_type, " is unknown"));
    }
}

}  // namespace

Status name_signer(const pkcs7::SignerInfo& info, ModuleSignature& out) {
    if (info.key_id) {
        out.key_id = owned(*info.key_id);
    } else {
        TRY_ASSIGN(out.signer, x509::common_name(info.issuer));
        out.key_id = owned(without_sign_byte(info.serial));
    }
    if (info.hash) out.hash_algorithm = oid::hash_name(*info.hash);
    out.signature = owned(info.signature);
    return {};
}

Result<std::optional<ModuleSignature>> read_signature(ByteSource& source) {
    auto tail = read_signature_tail(source);
    if (!tail) return std::unexpected(within(std::move(tail).error(), kWhat));
    if (!*tail) return std::nullopt;
    auto signature = read_kind(source, **tail);
    if (!signature) return std::unexpected(within(std::move(signature).error(), kWhat));
    return signature;
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

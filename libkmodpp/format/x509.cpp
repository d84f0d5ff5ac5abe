// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/x509.hpp"

#include "base/text.hpp"
#include "format/oids.hpp"

namespace kmodpp::x509 {

namespace {

constexpr std::uint8_t kBoolean = 0x01;
constexpr std::uint8_t kUtcTime = 0x17;
constexpr std::uint8_t kGeneralizedTime = 0x18;

Status read_key_ids(std::string_view id, Bytes value, Certificate& out) {
    der::Reader reader(value);
    if (id == oid::kSubjectKeyId) {
        TRY_ASSIGN(out.subject_key_id,
                   reader.take(der::kOctetString, "subjectKeyIdentifier"));
    } else if (id == oid::kAuthorityKeyId) {
        TRY_ASSIGN(der::Reader key_id,
                   reader.enter(der::kSequence, "authorityKeyIdentifier"));
        if (key_id.is_next(der::primitive_context(0))) {
            TRY_ASSIGN(out.authority_key_id,
                       key_id.take(der::primitive_context(0), "keyIdentifier"));
        }
    }
    return {};
}

Status read_extensions(der::Reader wrapped, Certificate& out) {
    TRY_ASSIGN(der::Reader extensions, wrapped.enter(der::kSequence, "extensions"));
    while (!extensions.at_end()) {
        TRY_ASSIGN(der::Reader one, extensions.enter(der::kSequence, "extension"));
        TRY_ASSIGN(const Bytes id, one.take(der::kObjectId, "extension id"));
        TRY(one.skip_if(kBoolean, "critical"));
        TRY_ASSIGN(const Bytes value, one.take(der::kOctetString, "extension value"));
        TRY(read_key_ids(as_text(id), value, out));
    }
    return {};
}

Result<Bytes> read_name(der::Reader& from, std::string_view what) {
    der::Reader name = from;
    TRY_ASSIGN(const Bytes contents, from.take(der::kSequence, what));
    TRY_ASSIGN(const der::Reader inside, name.enter(der::kSequence, what));
    TRY(check_name(inside));
    return contents;
}

/// The first byte counts bits that are not used; signatures and keys use all.
Result<Bytes> read_bits(der::Reader& from, std::string_view what) {
    TRY_ASSIGN(const Bytes bits, from.take(der::kBitString, what));
    if (bits.empty() || bits[0] != std::byte{0})
        return fail(ErrorKind::malformed, cat(what, ": not a whole number of bytes"));
    return bits.subspan(1);
}

Status read_signed_part(der::Reader part, Certificate& out) {
    TRY(part.skip_if(der::constructed_context(0), "version"));
    TRY_ASSIGN(out.serial, part.take(der::kInteger, "serialNumber"));
    TRY_ASSIGN(out.signature_algorithm, read_algorithm(part, "signature"));
    TRY_ASSIGN(out.issuer, read_name(part, "issuer"));
    TRY_ASSIGN(der::Reader validity, part.enter(der::kSequence, "validity"));
    TRY_ASSIGN(out.not_before, read_time(validity, "notBefore"));
    TRY_ASSIGN(out.not_after, read_time(validity, "notAfter"));
    TRY_ASSIGN(out.subject, read_name(part, "subject"));
    der::Reader key = part;
    TRY_ASSIGN(const der::Element whole_key, part.next("subjectPublicKeyInfo"));
    out.public_key = whole_key.whole;
    TRY_ASSIGN(der::Reader key_info, key.enter(der::kSequence, "subjectPublicKeyInfo"));
    TRY_ASSIGN(out.key_algorithm, read_algorithm(key_info, "key algorithm"));
    TRY(read_bits(key_info, "public key"));
    for (const unsigned unique_id : {1u, 2u}) {
        TRY(part.skip_if(der::primitive_context(unique_id), "uniqueID"));
        TRY(part.skip_if(der::constructed_context(unique_id), "uniqueID"));
    }
    if (!part.is_next(der::constructed_context(3))) return {};
    TRY_ASSIGN(const der::Reader extensions,
               part.enter(der::constructed_context(3), "extensions"));
    return read_extensions(extensions, out);
}

}  // namespace

Result<Certificate> read_certificate(Bytes der) {
    Certificate out{};
    der::Reader top(der);
    der::Reader again = top;
    TRY_ASSIGN(const der::Element whole, again.next("Certificate"));
    out.whole = whole.whole;
    TRY_ASSIGN(der::Reader certificate, top.enter(der::kSequence, "Certificate"));
    der::Reader inside = certificate;
    TRY_ASSIGN(const der::Element signed_part, inside.next("TBSCertificate"));
    out.signed_part = signed_part.whole;
    TRY_ASSIGN(const der::Reader part,
               certificate.enter(der::kSequence, "TBSCertificate"));
    TRY(read_signed_part(part, out));
    TRY_ASSIGN(const Bytes algorithm, read_algorithm(certificate, "signatureAlgorithm"));
    out.is_contradictory = as_text(algorithm) != as_text(out.signature_algorithm);
    TRY_ASSIGN(out.signature, read_bits(certificate, "signature"));
    TRY(certificate.expect_end("Certificate"));
    return out;
}

Result<Bytes> read_algorithm(der::Reader& from, std::string_view what) {
    TRY_ASSIGN(der::Reader algorithm, from.enter(der::kSequence, what));
    TRY_ASSIGN(const Bytes id, algorithm.take(der::kObjectId, what));
    if (!algorithm.at_end()) TRY(algorithm.next(what));
    TRY(algorithm.expect_end(what));
    return id;
}

// UTCTime "YYMMDDHHMMSSZ", for 1950 to 2049, or GeneralizedTime with four digits.
Result<std::uint64_t> read_time(der::Reader& from, std::string_view what) {
    TRY_ASSIGN(const der::Element time, from.next(what));
    std::string_view text = as_text(time.contents);
    const bool is_general = time.tag == kGeneralizedTime;
    const std::size_t year_digits = is_general ? 4 : 2;
    const std::unexpected<Error> bad =
        fail(ErrorKind::malformed, cat(what, ": not a time"));
    if ((!is_general && time.tag != kUtcTime) || text.size() != year_digits + 11 ||
        !text.ends_with('Z'))
        return bad;
    bool all_digits = true;
    const auto number = [&](std::size_t digits) {
        const auto value = parse_unsigned<unsigned>(text.substr(0, digits));
        all_digits = all_digits && value;
        text.remove_prefix(digits);
        return value.value_or(0);
    };
    unsigned year = number(year_digits);
    if (!is_general) year += year < 50 ? 2000 : 1900;
    const unsigned month = number(2), day = number(2);
    const unsigned hour = number(2), minute = number(2), second = number(2);
    const bool belongs_to_form = !is_general || year < 1950 || year > 2049;
    // How long February is does not matter here.
    constexpr unsigned kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!all_digits || !belongs_to_form || month < 1 || month > 12 || day < 1 ||
        day > kDays[month - 1] || hour > 24 || minute > 59 || second > 60)
        return bad;
    std::uint64_t out = year;
    for (const unsigned part : {month, day, hour, minute, second}) out = out * 100 + part;
    return out;
}

Status check_name(der::Reader name) {
    while (!name.at_end()) {
        TRY_ASSIGN(der::Reader part, name.enter(der::kSet, "name part"));
        while (!part.at_end()) {
            TRY_ASSIGN(der::Reader attribute, part.enter(der::kSequence, "attribute"));
            TRY(attribute.take(der::kObjectId, "attribute type"));
            TRY(attribute.next("attribute value"));
            TRY(attribute.expect_end("attribute"));
        }
    }
    return {};
}

Result<std::string> common_name(Bytes name) {
    for (der::Reader reader(name); !reader.at_end();) {
        TRY_ASSIGN(der::Reader part, reader.enter(der::kSet, "issuer: name part"));
        while (!part.at_end()) {
            TRY_ASSIGN(der::Reader attribute,
                       part.enter(der::kSequence, "issuer: attribute"));
            TRY_ASSIGN(const Bytes type,
                       attribute.take(der::kObjectId, "issuer: attribute type"));
            if (as_text(type) != oid::kCommonName) continue;
            // Any of the string types.
            TRY_ASSIGN(const der::Element value, attribute.next("issuer: common name"));
            return std::string(as_text(value.contents));
        }
    }
    return std::string();
}

}  // namespace kmodpp::x509

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/x509.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "base/text.hpp"
#include "format/key_algorithms.hpp"
#include "format/oids.hpp"

namespace kmodpp::x509 {

namespace {

constexpr std::uint8_t kBoolean = 0x01;
constexpr std::uint8_t kUtcTime = 0x17;
constexpr std::uint8_t kGeneralizedTime = 0x18;

unsigned days_in(unsigned month, unsigned year) {
    constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return kDays[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

std::uint8_t byte_at(Bytes bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

std::unexpected<Error> malformed(std::string_view what, std::string_view why) {
    return fail(ErrorKind::malformed, cat(what, ": ", why));
}

/// Records the first reason to refuse the certificate.
void refuse(Certificate& out, int code, std::string_view why) {
    if (!out.refusal)
        out.refusal =
            Error{code == ENOPKG ? ErrorKind::unsupported : ErrorKind::malformed, code,
                  std::string(why)};
}

Result<Bytes> read_name(der::Reader& from, std::string_view what) {
    TRY_ASSIGN(const der::Reader name, from.enter(der::kSequence, what));
    TRY(check_name(name));
    return name.rest();
}

/// True if the bytes are one element with a length of one byte. In this place the
/// kernel accepts neither longer nor indefinite lengths.
bool is_short_element(Bytes element, std::uint8_t tag) {
    return element.size() >= 2 && byte_at(element, 0) == tag &&
           byte_at(element, 1) == element.size() - 2;
}

Status read_subject_key_id(Bytes value, Certificate& out) {
    constexpr std::string_view kWhat = "subjectKeyIdentifier";
    if (!out.subject_key_id.empty()) return malformed(kWhat, "given more than once");
    if (value.size() < 3 || !is_short_element(value, der::kOctetString))
        return malformed(kWhat, "not a short octet string");
    out.subject_key_id = value.subspan(2);
    return {};
}

/// Like the kernel (since Linux 6.4), checks only the first bytes.
Status check_key_usage(Bytes value) {
    constexpr unsigned kBitsInByte = 8;
    if (value.size() < 4 || byte_at(value, 0) != der::kBitString ||
        byte_at(value, 2) >= kBitsInByte)
        return malformed("keyUsage", "not a bit string");
    return {};
}

/// The kernel accepts { } and { cA TRUE, ... } (since Linux 6.4).
Status check_basic_constraints(Bytes value) {
    constexpr std::string_view kTrue = "\x01\x01\xff";
    if (!is_short_element(value, der::kSequence) ||
        (value.size() > 2 && !as_text(value.subspan(2)).starts_with(kTrue)))
        return malformed("basicConstraints", "neither empty nor those of an authority");
    return {};
}

/// Skips an element with exactly one element of any type in it.
Status skip_one(der::Reader& from, std::uint8_t tag, std::string_view what) {
    TRY_ASSIGN(der::Reader inside, from.enter(tag, what));
    TRY(inside.next(what));
    return inside.expect_end(what);
}

/// Skips OtherName { type, [0] value }.
Status skip_other_name(der::Reader& names, std::string_view what) {
    TRY_ASSIGN(der::Reader inside, names.enter(der::constructed_context(0), what));
    TRY(inside.take(der::kObjectId, what));
    TRY(skip_one(inside, der::constructed_context(0), what));
    return inside.expect_end(what);
}

/// Skips EDIPartyName { [0] nameAssigner?, [1] partyName }.
Status skip_edi_name(der::Reader& names, std::string_view what) {
    TRY_ASSIGN(der::Reader inside, names.enter(der::constructed_context(5), what));
    if (inside.is_next(der::constructed_context(0)))
        TRY(skip_one(inside, der::constructed_context(0), what));
    TRY(skip_one(inside, der::constructed_context(1), what));
    return inside.expect_end(what);
}

/// The last directory name in a list of names (source: x509_akid.asn1); nullopt if
/// there is none.
Result<std::optional<Bytes>> read_general_names(der::Reader names) {
    constexpr std::string_view kWhat = "authorityCertIssuer";
    constexpr unsigned kTexts[] = {1, 2, 6, 7, 8};
    std::optional<Bytes> out;
    while (!names.at_end()) {
        if (names.is_next(der::constructed_context(0))) {
            TRY(skip_other_name(names, kWhat));
        } else if (names.is_next(der::constructed_context(3))) {
            TRY(skip_one(names, der::constructed_context(3), kWhat));
        } else if (names.is_next(der::constructed_context(4))) {
            TRY_ASSIGN(der::Reader inside,
                       names.enter(der::constructed_context(4), kWhat));
            TRY_ASSIGN(out, read_name(inside, kWhat));
            TRY(inside.expect_end(kWhat));
        } else if (names.is_next(der::constructed_context(5))) {
            TRY(skip_edi_name(names, kWhat));
        } else {
            const auto* const text = std::ranges::find_if(kTexts, [&](unsigned number) {
                return names.is_next(der::primitive_context(number));
            });
            if (text == std::end(kTexts))
                return malformed(kWhat, "an unknown kind of name");
            TRY(names.next(kWhat));
        }
    }
    return out;
}

/// Reads { [0] keyIdentifier?, [1] authorityCertIssuer?, [2] authorityCertSerialNumber?
/// }.
Status read_authority_key_id(Bytes value, Certificate& out) {
    der::Reader reader(value);
    TRY_ASSIGN(der::Reader ids, reader.enter(der::kSequence, "authorityKeyIdentifier"));
    if (ids.is_next(der::primitive_context(0))) {
        TRY_ASSIGN(out.authority_key_id,
                   ids.take(der::primitive_context(0), "keyIdentifier"));
    }
    std::optional<Bytes> issuer;
    if (ids.is_next(der::constructed_context(1))) {
        TRY_ASSIGN(const der::Reader names,
                   ids.enter(der::constructed_context(1), "authorityCertIssuer"));
        TRY_ASSIGN(issuer, read_general_names(names));
    }
    if (ids.is_next(der::primitive_context(2))) {
        TRY_ASSIGN(const Bytes serial,
                   ids.take(der::primitive_context(2), "authorityCertSerialNumber"));
        if (issuer) out.authority_serial = IssuerAndSerial{*issuer, serial};
    }
    return ids.expect_end("authorityKeyIdentifier");
}

/// \param authority set to the value if it is an authorityKeyIdentifier
Status read_extension(der::Reader one, Certificate& out,
                      std::optional<Bytes>& authority) {
    TRY_ASSIGN(const Bytes id, one.take(der::kObjectId, "extension id"));
    TRY(one.skip_if(kBoolean, "critical"));
    TRY_ASSIGN(const Bytes value, one.take(der::kOctetString, "extension value"));
    if (as_text(id) == oid::kSubjectKeyId) TRY(read_subject_key_id(value, out));
    if (as_text(id) == oid::kAuthorityKeyId) authority = value;
    if (as_text(id) == oid::kKeyUsage) TRY(check_key_usage(value));
    if (as_text(id) == oid::kBasicConstraints) TRY(check_basic_constraints(value));
    return one.expect_end("extension");
}

Status read_extensions(der::Reader wrapped, Certificate& out,
                       std::optional<Bytes>& authority) {
    TRY_ASSIGN(der::Reader extensions, wrapped.enter(der::kSequence, "extensions"));
    do {
        TRY_ASSIGN(const der::Reader one, extensions.enter(der::kSequence, "extension"));
        TRY(read_extension(one, out, authority));
    } while (!extensions.at_end());
    return wrapped.expect_end("extensions");
}

/// The bytes of a bit string. The first byte is the number of unused bits, which is 0
/// for signatures and keys.
Result<Bytes> whole_bytes(Bytes bits, std::string_view what) {
    if (bits.empty() || bits[0] != std::byte{0})
        return malformed(what, "not a whole number of bytes");
    return bits.subspan(1);
}

/// Checks the identifier of a named curve. The kernel only accepts a short length.
Status check_curve(Bytes parameters, Certificate& out) {
    if (!is_short_element(parameters, der::kObjectId) || parameters.size() == 2)
        return malformed("key algorithm", "its parameters do not name a curve");
    if (find_curve(parameters.subspan(2)) == nullptr)
        refuse(out, ENOPKG,
               "its key is on a curve other than P-192, P-256, P-384 and P-521");
    return {};
}

Status read_public_key(der::Reader& part, Certificate& out) {
    der::Reader again = part;
    TRY_ASSIGN(const der::Element whole,
               again.expect(der::kSequence, "subjectPublicKeyInfo"));
    TRY_ASSIGN(der::Reader info, part.enter(der::kSequence, "subjectPublicKeyInfo"));
    TRY_ASSIGN(const Algorithm algorithm, read_algorithm(info, "key algorithm"));
    out.public_key = {whole.whole, algorithm.id, algorithm.parameters, {}};
    TRY_ASSIGN(const Bytes bits, info.take(der::kBitString, "public key"));
    const auto kind = key_kind(algorithm.id);
    if (!kind) refuse(out, ENOPKG, "its key has an unknown algorithm");
    if (kind == KeyKind::ec) TRY(check_curve(algorithm.parameters, out));
    TRY_ASSIGN(out.public_key.key, whole_bytes(bits, "public key"));
    return info.expect_end("subjectPublicKeyInfo");
}

Status read_version(der::Reader& part) {
    if (!part.is_next(der::constructed_context(0))) return {};
    TRY_ASSIGN(der::Reader version, part.enter(der::constructed_context(0), "version"));
    TRY(version.take(der::kInteger, "version"));
    return version.expect_end("version");
}

/// The kernel accepts a period without an end.
Status read_validity(der::Reader validity, Certificate& out) {
    TRY_ASSIGN(out.not_before, read_time(validity, "notBefore"));
    if (!validity.at_end()) {
        TRY_ASSIGN(out.not_after, read_time(validity, "notAfter"));
    }
    return validity.expect_end("validity");
}

Status read_signed_part(der::Reader part, Certificate& out,
                        std::optional<Bytes>& authority) {
    TRY(read_version(part));
    TRY_ASSIGN(out.serial, part.take(der::kInteger, "serialNumber"));
    TRY_ASSIGN(const Algorithm algorithm, read_algorithm(part, "signature"));
    out.signature_algorithm = algorithm.id;
    if (!certificate_algorithm(algorithm.id))
        refuse(out, ENOPKG, "it is signed with an unknown algorithm");
    TRY_ASSIGN(out.issuer, read_name(part, "issuer"));
    TRY_ASSIGN(const der::Reader validity, part.enter(der::kSequence, "validity"));
    TRY(read_validity(validity, out));
    TRY_ASSIGN(out.subject, read_name(part, "subject"));
    TRY(read_public_key(part, out));
    for (const unsigned unique_id : {1u, 2u})
        TRY(part.skip_if(der::primitive_context(unique_id), "uniqueID"));
    if (part.is_next(der::constructed_context(3))) {
        TRY_ASSIGN(const der::Reader extensions,
                   part.enter(der::constructed_context(3), "extensions"));
        TRY(read_extensions(extensions, out, authority));
    }
    return part.expect_end("TBSCertificate");
}

Status read_all(Bytes der, Certificate& out) {
    der::Reader top(der);
    der::Reader again = top;
    TRY_ASSIGN(const der::Element whole, again.expect(der::kSequence, "Certificate"));
    out.whole = whole.whole;
    TRY_ASSIGN(der::Reader certificate, top.enter(der::kSequence, "Certificate"));
    der::Reader inside = certificate;
    TRY_ASSIGN(const der::Element signed_part, inside.next("TBSCertificate"));
    out.signed_part = signed_part.without_end_mark();
    TRY_ASSIGN(const der::Reader part,
               certificate.enter(der::kSequence, "TBSCertificate"));
    std::optional<Bytes> authority;
    TRY(read_signed_part(part, out, authority));
    TRY_ASSIGN(const Algorithm algorithm,
               read_algorithm(certificate, "signatureAlgorithm"));
    TRY_ASSIGN(const Bytes bits, certificate.take(der::kBitString, "signature"));
    if (as_text(algorithm.id) != as_text(out.signature_algorithm))
        refuse(out, EINVAL, "it names two different signature algorithms");
    TRY_ASSIGN(out.signature, whole_bytes(bits, "signature"));
    TRY(certificate.expect_end("Certificate"));
    if (authority) TRY(read_authority_key_id(*authority, out));
    return {};
}

}  // namespace

Result<Certificate> read_certificate(Bytes der) {
    Certificate out;
    if (auto status = read_all(der, out); !status) {
        // A refusal was found before the damage, so the kernel's decoder reports it
        // first.
        Error error = out.refusal.value_or(std::move(status).error());
        if (error.code == 0) error.code = EBADMSG;
        return std::unexpected(std::move(error));
    }
    return out;
}

// UTCTime "YYMMDDHHMMSSZ", for 1970 to 2049, or GeneralizedTime with four digits.
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
    if (!all_digits || !belongs_to_form || year < 1970 || month < 1 || month > 12 ||
        day < 1 || day > days_in(month, year) || hour > 24 || minute > 59 || second > 60)
        return bad;
    std::uint64_t out = year;
    for (const unsigned part : {month, day, hour, minute, second}) out = out * 100 + part;
    return out;
}

}  // namespace kmodpp::x509

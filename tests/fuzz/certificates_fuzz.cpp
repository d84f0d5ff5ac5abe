// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the readers of certificates: PEM, DER, EFI signature lists, kernel images
// packed and unpacked, the list of keys in /proc/keys, and certificates themselves.
#include "trust/certificate.hpp"
#include "trust/certificate_file.hpp"

#include "format/certificate_list.hpp"
#include "format/x509.hpp"
#include "fuzz/fuzz.hpp"
#include "trust/keyring.hpp"

namespace kmodpp::test {

namespace {

bool lies_in(Bytes part, Bytes whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

void read_certificate(Bytes der) {
    const ExactCopy copy(as_text(der));
    const auto certificate = x509::read_certificate(copy.bytes());
    if (!certificate) {
        claim(certificate.error().code != 0, "an error has an errno");
        return;
    }
    for (const Bytes field :
         {certificate->whole, certificate->signed_part, certificate->serial,
          certificate->issuer, certificate->subject, certificate->public_key.whole,
          certificate->public_key.algorithm, certificate->public_key.parameters,
          certificate->public_key.key, certificate->subject_key_id,
          certificate->authority_key_id.value_or(Bytes()),
          certificate->signature_algorithm, certificate->signature})
        claim(lies_in(field, copy.bytes()), "a field lies within the certificate");
    claim(certificate->signed_part.size() < certificate->whole.size(),
          "the signed part is smaller than the certificate");
    const auto refusal = trust::Certificate(*certificate, "").refusal();
    claim(!refusal || !*refusal || (*refusal)->code != 0, "a refusal has an errno");
    if (const auto name = x509::common_name(certificate->subject))
        claim(name->size() <= copy.bytes().size() * 3,
              "a name is no longer than its encoding allows");
}

void read_file(Bytes bytes) {
    const ExactCopy copy(as_text(bytes));
    const auto file = trust::read_certificates_or_kernel(copy.bytes());
    if (!file) {
        claim(!file.error().message.empty(), "an error has a message");
        return;
    }
    for (const auto* const list : {&file->certificates, &file->revoked})
        for (const std::string& der : *list) read_certificate(as_bytes(der));
}

/// Searches an unpacked kernel image, in which the certificate lists may be anywhere.
void search_image(Bytes image) {
    const ExactCopy copy(as_text(image));
    const BuiltinCertificates found = find_builtin_certificates(copy.bytes());
    for (const auto* const list : {&found.trusted, &found.revoked})
        for (const Bytes der : *list) {
            claim(!der.empty() && lies_in(der, copy.bytes()),
                  "a certificate lies within the image");
            read_certificate(der);
        }
}

}  // namespace

void fuzz_one(Bytes input) {
    read_file(input);
    search_image(input);
    read_certificate(input);
    for (const trust::ListedKey& key : trust::listed_keys(as_text(input)))
        claim(key.id.size() <= input.size() && key.name.size() <= input.size(),
              "the fields of a key are no longer than the input");
}

}  // namespace kmodpp::test

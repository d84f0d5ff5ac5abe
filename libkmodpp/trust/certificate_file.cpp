// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/certificate_file.hpp"

#include "format/boot_image.hpp"
#include "format/der.hpp"
#include "format/efi_signature_list.hpp"
#include "format/pem.hpp"
#include "trust/kernel_image.hpp"

namespace kmodpp::trust {

namespace {

std::vector<std::string> owned(const std::vector<Bytes>& views) {
    std::vector<std::string> out;
    for (const Bytes view : views) out.emplace_back(as_text(view));
    return out;
}

Result<CertificateFile> read_efi(Bytes lists) {
    TRY_ASSIGN(const efi::SignatureLists found, efi::read_signature_lists(lists));
    return CertificateFile{
        owned(found.certificates), {}, owned(found.certificate_hashes)};
}

}  // namespace

Result<CertificateFile> read_certificate_file(Bytes file) {
    if (pem::has_certificate(as_text(file))) {
        TRY_ASSIGN(auto certificates, pem::read_certificates(as_text(file)));
        return CertificateFile{std::move(certificates), {}, {}};
    }
    if (efi::is_signature_list(file)) return read_efi(file);
    if (file.size() > efi::kAttributesSize) {
        const Bytes value = file.subspan(efi::kAttributesSize);
        if (efi::is_signature_list(value)) return read_efi(value);
    }
    if (der::Reader(file).peek() == der::kSequence)
        return CertificateFile{owned({file}), {}, {}};
    return CertificateFile{};
}

Result<CertificateFile> read_certificates_or_kernel(Bytes file) {
    if (!is_boot_image(file)) return read_certificate_file(file);
    TRY_ASSIGN(const KernelImage image, read_kernel_image(file));
    return CertificateFile{
        owned(image.builtin.trusted), owned(image.builtin.revoked), {}};
}

}  // namespace kmodpp::trust

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/trust_store.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "io/decompress.hpp"
#include "trust/certificate_file.hpp"

namespace kmodpp::trust {

namespace {

/// CA bundles have a few hundred kilobytes.
constexpr std::uint64_t kMaxCertificateFile = 16u << 20;

Status add_to(TrustStore::Certificates& list, Bytes der, std::string_view origin) {
    auto fields = x509::read_certificate(der);
    if (!fields) return std::unexpected(within(std::move(fields).error(), "certificate"));
    list.push_back(std::make_unique<Certificate>(*fields, origin));
    return {};
}

/// Where add_file() stores the contents of a file; null discards them.
struct Lists {
    TrustStore::Certificates* certificates;
    TrustStore::Certificates* revoked;
    std::vector<RevokedHash>* hashes;
};

using Reader = Result<CertificateFile>(Bytes);

/// False if the file contains nothing to add.
Result<bool> add_file(const Lists& to, const io::Root& root, std::string_view path,
                      Reader* read, std::uint64_t limit) {
    TRY_ASSIGN(const std::string bytes, root.read_file(path, limit));
    const std::string origin = root.display(path);
    const auto named = [&](Error error) {
        return std::unexpected(within(std::move(error), origin));
    };
    auto file = read(as_bytes(bytes));
    if (!file) return named(std::move(file).error());
    for (const std::string& der : file->certificates)
        if (auto status = add_to(*to.certificates, as_bytes(der), origin); !status)
            return named(std::move(status).error());
    for (const std::string& der : file->revoked)
        if (to.revoked != nullptr) TRY(add_to(*to.revoked, as_bytes(der), origin));
    for (const std::string& hash : file->hashes)
        if (to.hashes != nullptr) to.hashes->push_back({hash, origin});
    return !file->certificates.empty() || (to.hashes != nullptr && !file->hashes.empty());
}

Result<bool> add_directory(const Lists& to, const io::Root& root, std::string_view path) {
    bool found = false;
    TRY_ASSIGN(const std::vector<std::string> names, root.list(path));
    for (const std::string& name : names) {
        const std::string file = cat(path, "/", name);
        TRY_ASSIGN(const struct stat status, root.stat(file));
        if (!S_ISREG(status.st_mode)) continue;
        TRY_ASSIGN(const bool added,
                   add_file(to, root, file, read_certificate_file, kMaxCertificateFile));
        found |= added;
    }
    return found;
}

Status no_certificate_in(const io::Root& root, std::string_view path) {
    return fail(ErrorKind::not_found,
                cat(root.display(path), ": contains no certificates"));
}

}  // namespace

Status TrustStore::add_der(Bytes der, std::string_view origin) {
    return add_to(trusted_, der, origin);
}

Status TrustStore::revoke_der(Bytes der, std::string_view origin) {
    return add_to(revoked_, der, origin);
}

void TrustStore::revoke_hash(Bytes hash, std::string_view origin) {
    revoked_hashes_.push_back({std::string(as_text(hash)), std::string(origin)});
}

Status TrustStore::add_path(const io::Root& root, std::string_view path) {
    const Lists to{&trusted_, &revoked_, nullptr};
    TRY_ASSIGN(const struct stat status, root.stat(path));
    auto found =
        S_ISDIR(status.st_mode)
            ? add_directory(to, root, path)
            : add_file(to, root, path, read_certificates_or_kernel, io::kMaxModuleSize);
    if (!found) return std::unexpected(std::move(found).error());
    return *found ? Status() : no_certificate_in(root, path);
}

Status TrustStore::revoke_path(const io::Root& root, std::string_view path) {
    const Lists to{&revoked_, nullptr, &revoked_hashes_};
    TRY(add_file(to, root, path, read_certificate_file, kMaxCertificateFile));
    return {};
}

Status TrustStore::add_candidate(const io::Root& root, std::string_view path) {
    const Lists to{&candidates_, nullptr, nullptr};
    TRY_ASSIGN(const bool found,
               add_file(to, root, path, read_certificate_file, kMaxCertificateFile));
    return found ? Status() : no_certificate_in(root, path);
}

std::vector<std::string_view> TrustStore::origins() const {
    std::vector<std::string_view> out;
    for (const auto& certificate : trusted_)
        if (std::ranges::find(out, certificate->origin()) == out.end())
            out.push_back(certificate->origin());
    return out;
}

}  // namespace kmodpp::trust

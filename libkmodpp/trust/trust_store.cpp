// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/trust_store.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "format/der.hpp"
#include "format/pem.hpp"

namespace kmodpp::trust {

namespace {

/// Bundles of certificate authorities have a few hundred kilobytes.
constexpr std::uint64_t kMaxCertificateFile = 16u << 20;

Status add_to(TrustStore::Certificates& list, Bytes der, std::string_view origin) {
    auto fields = x509::read_certificate(der);
    if (!fields) return std::unexpected(within(std::move(fields).error(), "certificate"));
    list.push_back(std::make_unique<Certificate>(*fields, origin));
    return {};
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

Result<bool> TrustStore::add_file(const io::Root& root, std::string_view path) {
    TRY_ASSIGN(const std::string text, root.read_file(path, kMaxCertificateFile));
    const std::string origin = root.display(path);
    const auto named = [&](Error error) {
        return std::unexpected(within(std::move(error), origin));
    };
    if (pem::has_certificate(text)) {
        auto all = pem::read_certificates(text);
        if (!all) return named(std::move(all).error());
        for (const std::string& der : *all)
            if (auto status = add_der(as_bytes(der), origin); !status)
                return named(std::move(status).error());
        return true;
    }
    if (der::Reader(as_bytes(text)).peek() != der::kSequence) return false;
    if (auto status = add_der(as_bytes(text), origin); !status)
        return named(std::move(status).error());
    return true;
}

Status TrustStore::add_path(const io::Root& root, std::string_view path) {
    TRY_ASSIGN(const struct stat status, root.stat(path));
    bool found = false;
    if (S_ISDIR(status.st_mode)) {
        TRY_ASSIGN(const std::vector<std::string> names, root.list(path));
        for (const std::string& name : names) {
            const std::string file = cat(path, "/", name);
            TRY_ASSIGN(const struct stat entry, root.stat(file));
            if (!S_ISREG(entry.st_mode)) continue;
            TRY_ASSIGN(const bool added, add_file(root, file));
            found |= added;
        }
    } else {
        TRY_ASSIGN(found, add_file(root, path));
    }
    if (!found)
        return fail(ErrorKind::not_found,
                    cat(root.display(path), ": no certificate in it (DER or PEM)"));
    return {};
}

std::vector<std::string_view> TrustStore::origins() const {
    std::vector<std::string_view> out;
    for (const auto& certificate : trusted_)
        if (std::ranges::find(out, certificate->origin()) == out.end())
            out.push_back(certificate->origin());
    return out;
}

}  // namespace kmodpp::trust

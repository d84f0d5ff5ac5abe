// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/verification.hpp"

#include "base/text.hpp"
#include "io/module_file.hpp"
#include "io/parallel.hpp"
#include "trust/verify.hpp"

namespace kmodpp::trust {

namespace {

Result<SignatureCheck> check_file(const ModuleLocation& module, const TrustStore& store) {
    TRY_ASSIGN(auto file, io::ModuleFile::open(*module.root, module.path));
    // A compressed file that cannot be unpacked has no size.
    if (file.compression() != io::Compression::none)
        if (const auto contents = file.contents(); !contents)
            return std::unexpected(within(contents.error(), file.path()));
    auto check = check_signature(file, store);
    if (!check) return std::unexpected(within(std::move(check).error(), file.path()));
    return check;
}

VerifiedModule verify_one(const ModuleLocation& module, const TrustStore& store) {
    if (module.path.empty()) return {module.name, "(builtin)", true, {}};
    return {module.name, module.root->display(module.path), false,
            check_file(module, store)};
}

}  // namespace

std::vector<VerifiedModule> verify(const std::vector<ModuleLocation>& modules,
                                   const TrustStore& store,
                                   const VerifyOptions& options) {
    std::vector<VerifiedModule> out(modules.size());
    io::for_each_in_parallel(
        options.jobs > 0 ? options.jobs : io::useful_threads(modules.size()),
        modules.size(), [&](std::size_t i) { out[i] = verify_one(modules[i], store); },
        [&](std::size_t done) {
            if (options.progress) options.progress(done, modules.size());
        });
    return out;
}

}  // namespace kmodpp::trust

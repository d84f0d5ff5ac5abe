// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/check_signature.hpp"

#include "base/text.hpp"
#include "io/module_file.hpp"
#include "io/parallel.hpp"
#include "trust/kernel_check.hpp"

namespace kmodpp::trust {

namespace {

Result<SignatureCheck> check_file(const ModuleLocation& module, const TrustStore& store) {
    TRY_ASSIGN(auto file, io::ModuleFile::open(*module.root, module.path));
    // Report an unpacking failure now: without the contents the size is unknown.
    if (file.compression() != io::Compression::none)
        if (const auto contents = file.contents(); !contents)
            return std::unexpected(within(contents.error(), file.path()));
    auto check = check_signature(file, store);
    if (!check) return std::unexpected(within(std::move(check).error(), file.path()));
    return check;
}

VerifiedModule check_one(const ModuleLocation& module, const TrustStore& store) {
    if (module.path.empty()) return {module.name, "(builtin)", true, {}};
    return {module.name, module.root->display(module.path), false,
            check_file(module, store)};
}

}  // namespace

Result<SignatureCheck> check_signature(ByteSource& module, const TrustStore& store) {
    TRY(libcrypto());
    SignatureCheck check;
    TRY_ASSIGN(auto refused, KernelCheck(module, store, check).run());
    check.verdict = refused ? refused->verdict : SignatureVerdict::valid;
    check.kernel_error = refused ? refused->code : 0;
    if (refused) check.reason = std::move(refused->reason);
    return check;
}

std::vector<VerifiedModule> check_signatures(const std::vector<ModuleLocation>& modules,
                                             const TrustStore& store,
                                             const CheckOptions& options) {
    std::vector<VerifiedModule> out(modules.size());
    io::for_each_in_parallel(
        options.jobs > 0 ? options.jobs : io::useful_threads(modules.size()),
        modules.size(), [&](std::size_t i) { out[i] = check_one(modules[i], store); },
        [&](std::size_t done) {
            if (options.progress) options.progress(done, modules.size());
        });
    return out;
}

}  // namespace kmodpp::trust

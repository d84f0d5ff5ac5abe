// SPDX-License-Identifier: LGPL-2.1-or-later
// depmod --verify: the modules that it would list, and what a kernel would say of them.
#include "base/guarded.hpp"
#include "index/places.hpp"
#include "index/scan.hpp"
#include "io/absolute_path.hpp"
#include "kmodpp/depmod.hpp"
#include "trust/usual_stores.hpp"
#include "trust/check_signature.hpp"

namespace kmodpp {

namespace {

DepmodRequest read_only(DepmodRequest request) {
    request.dry_run = true;
    return request;
}

Result<std::vector<VerifiedModule>> verify(const DepmodRequest& request,
                                           const std::vector<std::string>& trust,
                                           MessageSink& messages) {
    TRY_ASSIGN(const index::Places places, index::open_places(read_only(request)));
    const auto& [host, root, output, directory] = places;
    const DepmodConfig config = index::read_config(host, request, messages);
    TRY_ASSIGN(const auto found,
               index::scan({root, directory, request.release, config,
                            request.module_files, request.jobs, request.strict},
                           messages));
    TRY_ASSIGN(const trust::TrustStore store,
               trust::chosen_store(host, io::absolute_paths(trust), root, request.release,
                                   directory, messages));
    std::vector<ModuleLocation> modules;
    modules.reserve(found.size());
    for (const index::FoundModule& module : found)
        modules.push_back({module.name, &root, module.path});
    return trust::check_signatures(modules, store, {request.jobs, request.progress});
}

}  // namespace

Result<std::vector<VerifiedModule>> verify_tree(const DepmodRequest& request,
                                                const std::vector<std::string>& trust,
                                                MessageSink& messages) {
    return guarded([&] { return verify(request, trust, messages); });
}

}  // namespace kmodpp

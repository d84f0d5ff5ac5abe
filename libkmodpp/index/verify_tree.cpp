// SPDX-License-Identifier: LGPL-2.1-or-later
// depmod --verify: checks the signatures of the modules that depmod would list.
#include "base/guarded.hpp"
#include "catalog/depmod_rules.hpp"
#include "catalog/scan.hpp"
#include "index/places.hpp"
#include "io/absolute_path.hpp"
#include "kmodpp/depmod.hpp"
#include "load/forward.hpp"

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
    const DepmodConfig config = read_depmod_config(host, request.config, messages);
    TRY_ASSIGN(const ScanResult found,
               scan(index::scan_request(places, request, config), messages));
    std::vector<ModuleLocation> modules;
    modules.reserve(found.modules.size());
    for (const FoundModule& module : found.modules)
        modules.push_back({module.name, &root, module.path});
    return check_tree_in_libkmodpp({.modules = modules,
                                    .host = host,
                                    .certificates = io::absolute_paths(trust),
                                    .root = root,
                                    .release = request.release,
                                    .module_directory = directory,
                                    .options = {request.jobs, request.progress}},
                                   messages);
}

}  // namespace

Result<std::vector<VerifiedModule>> verify_tree(const DepmodRequest& request,
                                                const std::vector<std::string>& trust,
                                                MessageSink& messages) {
    return guarded([&] { return verify(request, trust, messages); });
}

}  // namespace kmodpp

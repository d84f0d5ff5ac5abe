// SPDX-License-Identifier: LGPL-2.1-or-later
#include "action/description.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "action/resolver.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/module_info.hpp"
#include "io/absolute_path.hpp"

namespace kmodpp {

namespace {

/// Appends what the module of exactly that name says; nothing when there is none.
Status append(Catalog& catalog, std::string_view name, std::vector<ModuleInfo>& infos) {
    TRY_ASSIGN(const auto entry, catalog.find_module(name));
    if (entry) {
        TRY_ASSIGN(auto info, read_module_info(catalog.root(), entry->path));
        infos.push_back(std::move(info));
        return {};
    }
    TRY_ASSIGN(const bool builtin, catalog.is_builtin(name));
    if (!builtin) return {};
    TRY_ASSIGN(auto info, read_builtin_info(catalog, name));
    infos.push_back(std::move(info));
    return {};
}

/// The words that scripts know.
std::unexpected<Error> not_found(std::string_view what, std::string_view name) {
    return fail(ErrorKind::not_found, cat(what, " ", printable(name), " not found."),
                ENOENT);
}

}  // namespace

Result<std::optional<ModuleInfo>> describe_file(const io::Root& host,
                                                std::string_view name) {
    if (module_suffix(base_name(name)).empty()) return std::nullopt;
    const std::string path = io::absolute_path(name);
    const auto status = host.stat(path);
    if (!status || !S_ISREG(status->st_mode)) return std::nullopt;
    TRY_ASSIGN(auto info, read_module_info(host, path));
    return std::optional(std::move(info));
}

Result<std::vector<ModuleInfo>> describe_name(Catalog& catalog, std::string_view name) {
    if (!normalise_alias(name)) return not_found("Module alias", name);
    TRY_ASSIGN(const auto found, look_up(catalog, name));
    std::vector<ModuleInfo> infos;
    for (const NamedModule& module : found) TRY(append(catalog, module.name, infos));
    if (infos.empty()) return not_found("Module", name);
    return infos;
}

Result<std::vector<ModuleInfo>> describe_module(Catalog& catalog, std::string_view name) {
    // Names hold no dots, so that a file's name will do.
    const std::string normalised = normalise_module_name(name.substr(0, name.find('.')));
    std::vector<ModuleInfo> infos;
    TRY(append(catalog, normalised, infos));
    if (infos.empty()) {
        TRY_ASSIGN(const auto found, catalog.search(Database::builtin_alias, normalised));
        for (const AliasMatch& match : found) TRY(append(catalog, match.module, infos));
    }
    if (infos.empty()) return not_found("Module name", name);
    return infos;
}

}  // namespace kmodpp

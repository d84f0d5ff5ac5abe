// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/locate.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "io/absolute_path.hpp"
#include "plan/resolver.hpp"

namespace kmodpp {

namespace {

/// Appends the module if it has a file or is built in.
Status append(Catalog& catalog, const NamedModule& module,
              std::vector<ModuleLocation>& out) {
    TRY_ASSIGN(auto entry, catalog.find_module(module.name));
    if (entry) {
        out.push_back({module.name, &catalog.root(), std::move(entry->path)});
        return {};
    }
    TRY_ASSIGN(const bool builtin, is_builtin(catalog, module));
    if (builtin) out.push_back({module.name, &catalog.root()});
    return {};
}

/// kmod's wording, which scripts match.
std::unexpected<Error> not_found(std::string_view what, std::string_view name) {
    return fail(ErrorKind::not_found, cat(what, " ", printable(name), " not found."),
                ENOENT);
}

}  // namespace

bool leaves_open(std::string_view name, const Error& failure) {
    // A plain name is a module name even if the current directory is not accessible.
    if (failure.code == EACCES) return name.contains('/');
    constexpr std::array kNothingThere = {ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP, EINVAL};
    return std::ranges::find(kNothingThere, failure.code) == kNothingThere.end();
}

Result<std::optional<ModuleLocation>> locate_file(const io::Root& host,
                                                  std::string_view name) {
    if (module_suffix(base_name(name)).empty()) return std::nullopt;
    std::string path = io::absolute_path(name);
    const auto status = host.stat(path);
    if (!status && leaves_open(name, status.error()))
        return std::unexpected(status.error());
    if (!status || !S_ISREG(status->st_mode)) return std::nullopt;
    return ModuleLocation{module_name_of_path(path), &host, std::move(path)};
}

Result<std::vector<ModuleLocation>> locate_name(Catalog& catalog, std::string_view name) {
    if (!normalise_alias(name)) return not_found("Module alias", name);
    TRY_ASSIGN(const auto found, find_matches(catalog, name));
    std::vector<ModuleLocation> out;
    for (const NamedModule& module : found) TRY(append(catalog, module, out));
    if (out.empty()) return not_found("Module", name);
    return out;
}

Result<std::vector<ModuleLocation>> locate_module(Catalog& catalog,
                                                  std::string_view name) {
    // Module names contain no dots, so the base name of a file is accepted, too.
    const std::string normalised = normalise_module_name(name.substr(0, name.find('.')));
    std::vector<ModuleLocation> out;
    TRY(append(catalog, {.name = normalised}, out));
    if (out.empty()) {
        TRY_ASSIGN(auto found, catalog.search(Database::builtin_alias, normalised));
        for (NamedModule& module : found) {
            module.source = NameSource::builtin_alias;
            TRY(append(catalog, module, out));
        }
    }
    if (out.empty()) return not_found("Module name", name);
    return out;
}

}  // namespace kmodpp

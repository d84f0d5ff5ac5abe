// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/firmware_names.hpp"

#include <set>
#include <utility>

#include "base/names.hpp"
#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "io/module_file.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kField = "firmware";

/// Collects names in order, each once.
class Names {
public:
    void add(const InfoEntry& info) {
        if (info.key == kField && seen_.insert(std::string(info.value)).second)
            names_.emplace_back(info.value);
    }
    std::vector<std::string> take() && { return std::move(names_); }

private:
    std::set<std::string> seen_;
    std::vector<std::string> names_;
};

Result<std::vector<std::string>> read_builtin(Catalog& catalog, std::string_view module) {
    const auto all = catalog.builtin_modinfo();
    if (!all && all.error().kind == ErrorKind::not_found)
        return std::vector<std::string>();
    if (!all) return std::unexpected(all.error());
    Names names;
    for (const BuiltinInfoEntry& entry : **all)
        if (same_module_name(entry.module, module)) names.add(entry.info);
    return std::move(names).take();
}

Result<std::vector<std::string>> read_file(io::ModuleFile& file) {
    TRY_ASSIGN(const auto image, elf::Image::parse(file));
    TRY_ASSIGN(const auto info, read_modinfo(image));
    Names names;
    for (const InfoEntry& entry : info) names.add(entry);
    return std::move(names).take();
}

}  // namespace

Result<std::vector<std::string>> read_firmware_names(Catalog& catalog,
                                                     const std::string& module) {
    TRY_ASSIGN(const auto entry, catalog.find_module(module));
    if (!entry) return read_builtin(catalog, module);
    TRY_ASSIGN(auto file, io::ModuleFile::open(catalog.root(), entry->path));
    auto names = read_file(file);
    if (!names) return std::unexpected(within(std::move(names).error(), file.path()));
    return names;
}

}  // namespace kmodpp

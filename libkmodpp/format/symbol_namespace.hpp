// SPDX-License-Identifier: LGPL-2.1-or-later
// Which modules may use a symbol in a namespace (source: kernel/module/main.c,
// verify_namespace_is_imported).
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/modinfo.hpp"

namespace kmodpp {

/// Begins the names of namespaces that list the modules that may use their symbols.
inline constexpr std::string_view kModuleNamespace = "module:";

/// True if a namespace "module:snd-*,vfio", which lists the modules that may use its
/// symbols, contains the module.
[[nodiscard]] inline bool names_module(std::string_view symbol_namespace,
                                       std::string_view module) {
    if (!symbol_namespace.starts_with(kModuleNamespace)) return false;
    symbol_namespace.remove_prefix(kModuleNamespace.size());
    while (!symbol_namespace.empty()) {
        std::string_view name = take_until(symbol_namespace, ',');
        const bool is_prefix = name.ends_with('*');
        if (is_prefix) name.remove_suffix(1);
        if (same_module_name(name, is_prefix ? module.substr(0, name.size()) : module))
            return true;
    }
    return false;
}

/// True if a module may use a symbol in the namespace, which is empty for most symbols.
/// \param info the .modinfo of the module
[[nodiscard]] inline bool may_use_namespace(std::string_view symbol_namespace,
                                            std::string_view module,
                                            const std::vector<InfoEntry>& info) {
    return symbol_namespace.empty() || names_module(symbol_namespace, module) ||
           std::ranges::any_of(info, [&](const InfoEntry& entry) {
               return entry.key == "import_ns" && entry.value == symbol_namespace;
           });
}

}  // namespace kmodpp

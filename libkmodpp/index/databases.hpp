// SPDX-License-Identifier: LGPL-2.1-or-later
// The texts and indexes of a module directory, made in memory from the linked tree.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/scan.hpp"
#include "index/inspect.hpp"
#include "index/link.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp::index {

/// What the kernel build says of the modules that are part of the kernel; both may be
/// empty.
struct BuiltinTexts {
    std::string names;    ///< modules.builtin
    std::string modinfo;  ///< modules.builtin.modinfo
};

struct DatabaseInput {
    const std::vector<FoundModule>& modules;
    const std::vector<ModuleRecord>& records;
    const Dependencies& dependencies;
    const SymbolTable& symbols;
    const BuiltinTexts& builtin;
    bool warn_duplicates = false;
    bool texts_only = false;
};

/// The files of the set, in the order in which depmod shows their texts.
inline constexpr std::array<std::string_view, 11> kDatabaseNames = {
    "modules.dep",         "modules.dep.bin",
    "modules.alias",       "modules.alias.bin",
    "modules.softdep",     "modules.weakdep",
    "modules.symbols",     "modules.symbols.bin",
    "modules.builtin.bin", "modules.builtin.alias.bin",
    "modules.devname"};

/// A database file.
struct DatabaseFile {
    std::string name;
    std::string contents;
    bool is_text = false;
};

/// Every database of the set, in the order in which depmod shows them. Bad aliases are
/// warnings and left out.
/// \param jobs threads
[[nodiscard]] Result<std::vector<DatabaseFile>> make_databases(const DatabaseInput& input,
                                                               unsigned jobs,
                                                               MessageSink& messages);

}  // namespace kmodpp::index

// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds the text databases and indexes of a module directory in memory.
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

/// The files in which the kernel build lists built-in modules; both may be empty.
struct BuiltinTexts {
    std::string names;    ///< modules.builtin
    std::string modinfo;  ///< modules.builtin.modinfo
};

/// What may differ from the input of the last run. Each database is made from one of
/// these; the names and the order of modules are the same unless everything differs.
struct Changes {
    bool symbols = true;  ///< names of exports and needs
    bool aliases = true;
    bool hints = true;  ///< softdeps and weakdeps
    bool builtin = true;
};

struct DatabaseInput {
    const std::vector<FoundModule>& modules;
    const std::vector<ModuleRecord>& records;
    const Dependencies& dependencies;  ///< only used if symbols have changed
    const SymbolTable& symbols;        ///< only used if symbols have changed
    const BuiltinTexts& builtin;
    bool warn_duplicates = false;
    bool texts_only = false;
    Changes changes = {};
};

/// The database files, in the order in which depmod prints the text databases.
inline constexpr std::array<std::string_view, 11> kDatabaseNames = {
    "modules.dep",         "modules.dep.bin",
    "modules.alias",       "modules.alias.bin",
    "modules.softdep",     "modules.weakdep",
    "modules.symbols",     "modules.symbols.bin",
    "modules.builtin.bin", "modules.builtin.alias.bin",
    "modules.devname"};

struct DatabaseFile {
    std::string name;
    std::string contents;
    bool is_text = false;
};

/// Makes the databases whose input has changed, in the order of kDatabaseNames. Invalid
/// aliases are omitted, with a warning. \param jobs number of threads
[[nodiscard]] Result<std::vector<DatabaseFile>> make_databases(const DatabaseInput& input,
                                                               unsigned jobs,
                                                               MessageSink& messages);

}  // namespace kmodpp::index

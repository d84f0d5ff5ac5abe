// SPDX-License-Identifier: LGPL-2.1-or-later
// Computes module dependencies from the symbols that modules need and export.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "catalog/scan.hpp"
#include "index/inspect.hpp"
#include "index/symbol_table.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp::index {

struct LinkOptions {
    bool report_unknown_symbols = false;
    /// The CRCs of the kernel's symbols are known: report mismatches together with
    /// unknown symbols.
    bool check_versions = false;
    bool warn_duplicates = false;
    /// Called once for each direct dependency, with the first symbol that causes it;
    /// may be empty.
    std::function<void(std::string_view line)> tell_need = {};
};

/// For each module, the positions of its direct and indirect dependencies, dependents
/// first: the last one has to be loaded first.
using Dependencies = std::vector<std::vector<std::uint32_t>>;

/// \param symbols contains the kernel's symbols; the exports of the modules are added
/// in order, later ones replacing earlier ones
/// \return conflict if there are dependency cycles, after reporting them
[[nodiscard]] Result<Dependencies> link(const io::Root& root,
                                        const std::vector<FoundModule>& modules,
                                        const std::vector<ModuleRecord>& records,
                                        SymbolTable& symbols, const LinkOptions& options,
                                        MessageSink& messages);

}  // namespace kmodpp::index

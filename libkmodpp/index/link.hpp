// SPDX-License-Identifier: LGPL-2.1-or-later
// Who needs whom: from symbols to an order in which modules can be loaded.
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
    /// The CRCs of the kernel are known; those that disagree are reported with the
    /// unknown.
    bool check_versions = false;
    bool warn_duplicates = false;
    /// Told of each module that another one needs, by the first symbol; may be empty.
    std::function<void(std::string_view line)> tell_need = {};
};

/// For each module the positions of all that it needs, directly or not, dependents first:
/// the last can be loaded first.
using Dependencies = std::vector<std::vector<std::uint32_t>>;

/// \param symbols holds the kernel's; gets the modules' in their order, a later export of
/// a name replacing an earlier one
/// \return conflict when modules need each other in a circle; the circles are reported
/// before
[[nodiscard]] Result<Dependencies> link(const io::Root& root,
                                        const std::vector<FoundModule>& modules,
                                        const std::vector<ModuleRecord>& records,
                                        SymbolTable& symbols, const LinkOptions& options,
                                        MessageSink& messages);

}  // namespace kmodpp::index

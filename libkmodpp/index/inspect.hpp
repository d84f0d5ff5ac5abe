// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads out of module files what the databases need, on several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/symbols.hpp"
#include "index/scan.hpp"
#include "io/root.hpp"

namespace kmodpp::index {

/// What one module says of itself. All texts lie in `text`, which the record owns.
struct ModuleRecord {
    std::unique_ptr<char[]> text;
    std::vector<ExportedSymbol> exports;
    std::vector<NeededSymbol> needs;
    std::vector<std::string_view> aliases;
    std::vector<std::string_view> softdeps;
    std::vector<std::string_view> weakdeps;
    /// Why the file could not be read; the lists are empty then.
    std::optional<Error> failure;
};

/// One record for each module, in the same order.
/// \param jobs threads; 0: one for each usable processor, fewer for small trees
[[nodiscard]] std::vector<ModuleRecord> inspect(const io::Root& root,
                                                const std::vector<FoundModule>& modules,
                                                unsigned jobs);

}  // namespace kmodpp::index

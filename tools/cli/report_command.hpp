// SPDX-License-Identifier: LGPL-2.1-or-later
// What the commands of kmod that report on a system have in common.
#pragma once

#include <array>
#include <optional>
#include <string>

#include <kmodpp/context.hpp>

#include "cli/document.hpp"
#include "cli/system_options.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

/// The last rows of the option tables.
inline constexpr auto kReportRows = std::to_array<Row<SystemOptions>>({
    kJsonOption,
    kColorOption,
    kConfigOption,
    kDirnameOption,
    kConfinedOption,
    kSetVersionOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

/// Opens the context that these options select. Warns if the release has no databases, so
/// that no module is found. Prints the error, with --json also as a document, and returns
/// nullopt if it cannot be opened.
[[nodiscard]] std::optional<Context> open_context(const SystemOptions& options,
                                                  Messages& messages);

}  // namespace kmodpp::cli

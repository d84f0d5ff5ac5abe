// SPDX-License-Identifier: LGPL-2.1-or-later
// What the commands of kmod that report on a system have in common.
#pragma once

#include <optional>
#include <string>

#include <kmodpp/context.hpp>

#include "cli/tool.hpp"

namespace kmodpp::cli {

inline constexpr Option kReportConfigOption = {
    'C', "config", "PATH", "use PATH instead of the default modprobe.d directories",
    nullptr};
inline constexpr Option kReportRootOption = {
    'd', "dirname", "DIR", "use DIR as the root of the module directory", nullptr};
inline constexpr Option kReportReleaseOption = {
    'S', "set-version", "VERSION", "use VERSION instead of `uname -r`", nullptr};

/// Opens the context that these options select. Warns if the release has no databases, so
/// that no module is found. Prints the error, with --json also as a document, and returns
/// nullopt if it cannot be opened.
[[nodiscard]] std::optional<Context> open_context(const Arguments& arguments,
                                                  Messages& messages);

/// Prints the error of a report that cannot be made, with --json also as a document.
/// Returns the exit status.
int report_failure(const Error& error, const Arguments& arguments, Messages& messages);

}  // namespace kmodpp::cli

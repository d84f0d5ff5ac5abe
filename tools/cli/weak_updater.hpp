// SPDX-License-Identifier: LGPL-2.1-or-later
// Updates the links in weak-updates and the databases, for kmod compat --link and
// weak-modules.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kmodpp/context.hpp>

#include "cli/messages.hpp"

namespace kmodpp::cli {

/// Prints a line for each link: "+ LINK -> TARGET" or "- LINK". Modules that get no link
/// are reported with their reason at priority info. The functions report an error and
/// return false if they fail.
class WeakUpdater {
public:
    struct Options {
        std::string root = "/";
        bool confined = false;
        bool dry_run = false;  ///< print the links, change nothing
    };

    /// \param messages must outlive the object
    WeakUpdater(Options options, Messages& messages)
        : options_(std::move(options)), messages_(messages) {}

    /// Updates the links of one release, then its databases if a link has changed. A
    /// release without databases gets them first, except with dry_run.
    [[nodiscard]] bool update(const std::string& release,
                              const WeakUpdatesRequest& request);
    /// The releases that have a module directory, newest first.
    [[nodiscard]] std::optional<std::vector<std::string>> releases();

private:
    [[nodiscard]] std::optional<Context> open(const std::string& release);
    [[nodiscard]] bool run_depmod(const std::string& release);

    Options options_;
    Messages& messages_;
};

}  // namespace kmodpp::cli

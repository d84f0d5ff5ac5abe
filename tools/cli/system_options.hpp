// SPDX-License-Identifier: LGPL-2.1-or-later
// The options that select the system a tool works on: its root, kernel and configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kmodpp/context.hpp>

#include "cli/options.hpp"

namespace kmodpp::cli {

struct SystemOptions : CommonOptions {
    std::optional<std::string> root;  ///< --dirname, or --basedir
    bool confined = false;
    std::optional<std::string> simulate;
    std::optional<std::string> release;  ///< --set-version
    std::vector<std::string> config;
    std::vector<std::string> trust;
};

/// What these options select.
[[nodiscard]] ContextOptions context_options(const SystemOptions& options);
/// The same, but without a configuration.
[[nodiscard]] ContextOptions context_options_without_config(const SystemOptions& options);

inline constexpr Row<SystemOptions> kSimulateOption = {
    0, "simulate", "ROOT", "use the simulated kernel under ROOT",
    sets<&SystemOptions::simulate>};
inline constexpr Row<SystemOptions> kConfigOption = {
    'C', "config", "PATH", "use PATH instead of the default modprobe.d directories",
    sets<&SystemOptions::config>};
inline constexpr Row<SystemOptions> kDirnameOption = {
    'd', "dirname", "DIR", "use DIR as the root of the module directory",
    sets<&SystemOptions::root>};
inline constexpr Row<SystemOptions> kSetVersionOption = {
    'S', "set-version", "VERSION", "use VERSION instead of `uname -r`",
    sets<&SystemOptions::release>};
inline constexpr Row<SystemOptions> kConfinedOption = {
    0,
    "confined",
    nullptr,
    "never follow symlinks that leave the root",
    sets<&SystemOptions::confined>,
    true};

}  // namespace kmodpp::cli

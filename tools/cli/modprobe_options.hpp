// SPDX-License-Identifier: LGPL-2.1-or-later
// The options of modprobe, and what they select: the mode of the run, and its requests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <kmodpp/context.hpp>

#include "cli/messages.hpp"
#include "cli/system_options.hpp"

namespace kmodpp::cli {

/// Its words come before the arguments; the commands of the configuration inherit it.
inline constexpr const char* kModprobeOptionsVariable = "MODPROBE_OPTIONS";

/// The options of a load, for insmod too.
struct LoadOptions : SystemOptions {
    bool force = false;
    bool force_modversion = false;
    bool force_vermagic = false;
};

struct ModprobeOptions : LoadOptions {
    // What to do; see mode_of() and question_of().
    bool show_config = false;
    bool check_config = false;
    bool show_modversions = false;
    bool show_exports = false;
    bool graph = false;
    bool explain = false;
    bool resolve_alias = false;
    bool show_depends = false;
    bool dry_run = false;
    bool remove = false;
    bool remove_holders = false;  ///< implies `remove`
    // How to do it.
    bool all = false;
    std::optional<std::string> jobs;
    std::optional<std::string> wait;
    bool require_signature = false;
    bool first_time = false;
    bool ignore_install = false;
    bool use_blacklist = false;
    std::vector<std::string> ignore_forbid;  ///< modules; "": all
    bool quiet = false;
};

inline constexpr Row<LoadOptions> kForceModversionOption = {
    0, "force-modversion", nullptr, "ignore the module's symbol versions",
    sets<&LoadOptions::force_modversion>};
inline constexpr Row<LoadOptions> kForceVermagicOption = {
    0, "force-vermagic", nullptr, "ignore the module's version magic",
    sets<&LoadOptions::force_vermagic>};
inline constexpr Row<ModprobeOptions> kIgnoreForbidOption = {
    0, "ignore-forbid", "[=MODULE]", "ignore the forbid lines for all modules or MODULE",
    sets<&ModprobeOptions::ignore_forbid>};
inline constexpr Row<ModprobeOptions> kIgnoreInstallOption = {
    'i', "ignore-install", nullptr, "ignore install and remove commands",
    sets<&ModprobeOptions::ignore_install>};
inline constexpr Row<ModprobeOptions> kUseBlacklistOption = {
    'b', "use-blacklist", nullptr, "apply the blacklist to module names too",
    sets<&ModprobeOptions::use_blacklist>};

/// What a run does. With --json, each mode but `print_names` and `dry_run` prints one
/// document.
enum class Mode {
    show_config,
    check_config,
    show_modversions,
    show_exports,
    graph,
    explain,      ///< print plans and their reasons
    show_plans,   ///< --json with -D, -n or -R
    print_names,  ///< print the modules that names resolve to
    dry_run,      ///< print the steps of plans
    execute,
};
/// If several options select a mode, the first one in the enumeration wins.
[[nodiscard]] Mode mode_of(const ModprobeOptions& options);

[[nodiscard]] LoadFlags load_flags(const LoadOptions& options);
[[nodiscard]] InsertRequest insert_request(const ModprobeOptions& options,
                                           const std::string& name,
                                           const std::string& parameters);
[[nodiscard]] RemoveRequest remove_request(const ModprobeOptions& options,
                                           const std::string& name);

/// Runs modprobe. Returns the exit status.
[[nodiscard]] int run_modprobe(const ModprobeOptions& options, Messages& messages);

}  // namespace kmodpp::cli

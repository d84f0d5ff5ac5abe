// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/modprobe_options.hpp"

#include <algorithm>

namespace kmodpp::cli {

Mode mode_of(const ModprobeOptions& options) {
    if (options.show_config) return Mode::show_config;
    if (options.check_config) return Mode::check_config;
    if (options.show_modversions) return Mode::show_modversions;
    if (options.show_exports) return Mode::show_exports;
    if (options.graph) return Mode::graph;
    if (options.explain) return Mode::explain;
    const bool is_dry_run = options.dry_run || options.show_depends;
    if (options.json && (is_dry_run || options.resolve_alias)) return Mode::show_plans;
    if (options.resolve_alias) return Mode::print_names;
    return is_dry_run ? Mode::dry_run : Mode::execute;
}

LoadFlags load_flags(const LoadOptions& options) {
    return {.ignore_modversions = options.force || options.force_modversion,
            .ignore_vermagic = options.force || options.force_vermagic};
}

InsertRequest insert_request(const ModprobeOptions& options, const std::string& name,
                             const std::string& parameters) {
    const Mode mode = mode_of(options);
    return {
        .name = name,
        .parameters = parameters,
        .ignore_loaded = options.show_depends,
        .ignore_commands = options.ignore_install,
        .use_blacklist = options.use_blacklist,
        .ignore_forbid =
            std::ranges::find(options.ignore_forbid, "") != options.ignore_forbid.end(),
        .allowed = options.ignore_forbid,
        .first_time = options.first_time,
        // This is how the kernel calls modprobe, with names from untrusted sources.
        .never_path = options.quiet && options.has_end_mark,
        .each_match = mode == Mode::dry_run,
        .plan_only = mode != Mode::execute,
    };
}

RemoveRequest remove_request(const ModprobeOptions& options, const std::string& name) {
    return {
        .name = name,
        .ignore_commands = options.ignore_install,
        .remove_holders = options.remove_holders,
        .first_time = options.first_time,
        .wait = options.wait && options.wait->find_first_not_of('0') != std::string::npos,
    };
}

}  // namespace kmodpp::cli

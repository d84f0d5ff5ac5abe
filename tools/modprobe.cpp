// SPDX-License-Identifier: LGPL-2.1-or-later
// modprobe: loads and removes modules, given by name or alias, with their dependencies. Its option table;
// modprobe_run.cpp does what the options ask for.
#include "cli/modprobe_options.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

constexpr auto kOptions = table_of<ModprobeOptions>({
    {'a', "all", nullptr, "treat all operands as module names",
     sets<&ModprobeOptions::all>},
    {0, "jobs", "N", "with -a: load up to N independent modules in parallel",
     sets<&ModprobeOptions::jobs>},
    {'r', "remove", nullptr, "remove modules instead of inserting them",
     sets<&ModprobeOptions::remove>},
    {0, "remove-dependencies", nullptr, nullptr, SameAs{"remove-holders"}},
    {0, "remove-holders", nullptr, "also remove modules that use the module; implies -r",
     sets<&ModprobeOptions::remove_holders>},
    {'w', "wait", "MSEC",
     "with -r: wait up to MSEC milliseconds while the module is in use",
     sets<&ModprobeOptions::wait>},
    {0, "require-signature", nullptr, "refuse modules without a valid signature",
     sets<&ModprobeOptions::require_signature>},
    {0, "trust", "PATH", "trust only the certificates in PATH",
     sets<&ModprobeOptions::trust>},
    {0, "first-time", nullptr, "fail if the module is already loaded, or already removed",
     sets<&ModprobeOptions::first_time>},
    kIgnoreInstallOption,
    {0, "ignore-remove", nullptr, "same as --ignore-install", SameAs{"ignore-install"}},
    kUseBlacklistOption,
    kIgnoreForbidOption,
    {'f', "force", nullptr, "force insertion or removal; implies both options below",
     sets<&ModprobeOptions::force>},
    kForceModversionOption,
    kForceVermagicOption,
    {'R', "resolve-alias", nullptr, "print the modules that a name resolves to",
     sets<&ModprobeOptions::resolve_alias>},
    {0, "show-alias", nullptr, "same as --resolve-alias", SameAs{"resolve-alias"}},
    {'D', "show-depends", nullptr,
     "print the dependencies and the module, without loading",
     sets<&ModprobeOptions::show_depends>},
    {0, "explain", nullptr, "explain what would be done, without doing it",
     sets<&ModprobeOptions::explain>},
    {0, "graph", nullptr, "print the dependency graph in the DOT language of graphviz",
     sets<&ModprobeOptions::graph>},
    {'c', "show-config", nullptr, "print the configuration and the aliases",
     sets<&ModprobeOptions::show_config>},
    {0, "showconfig", nullptr, "same as --show-config", SameAs{"show-config"}},
    {0, "check-config", nullptr, "report mistakes in the configuration",
     sets<&ModprobeOptions::check_config>},
    {0, "show-modversions", nullptr, "print the symbol versions that a module expects",
     sets<&ModprobeOptions::show_modversions>},
    {0, "dump-modversions", nullptr, "same as --show-modversions",
     SameAs{"show-modversions"}},
    {0, "show-exports", nullptr, "print the symbols that a module exports",
     sets<&ModprobeOptions::show_exports>},
    {0, "json", nullptr, "print the result as one JSON document",
     sets<&ModprobeOptions::json>},
    kColorOption,
    {'n', "dry-run", nullptr, "print what would be done, without doing it",
     sets<&ModprobeOptions::dry_run>},
    {0, "show", nullptr, "same as --dry-run", SameAs{"dry-run"}},
    kConfigOption,
    kDirnameOption,
    kConfinedOption,
    kSetVersionOption,
    kSimulateOption,
    kSyslogOption,
    {'q', "quiet", nullptr, "print no messages", sets<&ModprobeOptions::quiet>},
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

}  // namespace

const Tool kModprobe =
    tool_of("modprobe", "load and remove modules together with their dependencies",
            "  modprobe [options] MODULE [PARAMETER=VALUE...]\n"
            "  modprobe [options] -a MODULE...\n"
            "  modprobe [options] -r MODULE...\n"
            "  modprobe [options] -R [-a] ALIAS...\n"
            "  modprobe [options] -D MODULE\n"
            "  modprobe [options] --explain MODULE...\n"
            "  modprobe [options] --graph MODULE...\n"
            "  modprobe [options] -c\n"
            "  modprobe [options] --check-config\n"
            "  modprobe [options] --show-modversions MODULE|FILE\n"
            "  modprobe [options] --show-exports MODULE|FILE\n",
            kOptions, runs<run_modprobe>, kModprobeOptionsVariable);

}  // namespace kmodpp::cli

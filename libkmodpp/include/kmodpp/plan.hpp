// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Plans: the steps to load or remove modules, decided before any of them is executed.
/// Plain data, made by the resolver, and then printed or executed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>
#include <kmodpp/origin.hpp>

namespace kmodpp {

/// The sources in which a name is looked up, in the order of the search.
enum class NameSource {
    config_alias,   ///< an alias line of modprobe.d
    module_name,    ///< modules.dep
    symbol,         ///< modules.symbols, for names that begin with "symbol:"
    command,        ///< an install or remove line for exactly that name
    module_alias,   ///< modules.alias
    builtin_name,   ///< modules.builtin
    builtin_alias,  ///< modules.builtin.alias
    path,           ///< a file named directly
};

/// A description for users: "modules.alias", "alias lines of the configuration", …
[[nodiscard]] KMODPP_API std::string_view to_string(NameSource source);

/// A module that a name refers to, and how it was found.
struct NamedModule {
    std::string name = {};   ///< normalised
    std::string alias = {};  ///< the requested name, if it was an alias or symbol
    NameSource source = NameSource::module_name;  ///< where the name was found
    /// The pattern that matches the alias: a key of the database or an alias line.
    std::string pattern = {};
    Origin origin = {};  ///< the line of the configuration; empty for databases
};

/// Why a step is part of a plan.
struct Cause {
    /// The reason for the step. to_string() returns a stable name such as "dependency".
    enum class Kind {
        named,              ///< the module was requested
        dependency,         ///< `of` depends on it
        pre_softdep,        ///< a soft dependency of `of`, loaded before it
        post_softdep,       ///< a soft dependency of `of`, loaded after it
        holder,             ///< it uses `of`, which is to be removed
        unused_dependency,  ///< `of` depended on it and was removed
    };
    Kind kind = Kind::named;   ///< the kind of reason
    std::string of = {};       ///< the other module
    std::string softdep = {};  ///< the name in the softdep line
    Origin origin = {};        ///< the softdep line
};

/// A stable name for programs: "dependency".
[[nodiscard]] KMODPP_API std::string_view to_string(Cause::Kind kind);
/// A description for users: "needed by ext4", "softdep of ext4 (FILE line N)", …
[[nodiscard]] inline std::string to_string(const Cause& cause) {
    switch (cause.kind) {
        case Cause::Kind::named: return "named";
        case Cause::Kind::dependency: return "needed by " + cause.of;
        case Cause::Kind::pre_softdep:
        case Cause::Kind::post_softdep:
            return "softdep of " + cause.of + " (" + cause.origin.describe() + ")";
        case Cause::Kind::holder: return "uses " + cause.of;
        case Cause::Kind::unused_dependency: return "no longer used by " + cause.of;
    }
    return {};
}

/// Parameters and their origin.
struct OptionSource {
    std::string text;  ///< "a=1 b=2"
    Origin origin;     ///< the line, the kernel command line or the request
};

/// One step of a goal.
struct Step {
    /// The action to take, or the reason why none is needed. to_string() returns a
    /// stable name such as "insert" or "install_command".
    enum class Action {
        insert,          ///< insmod path options
        remove,          ///< rmmod module
        run_install,     ///< the install command of the configuration
        run_remove,      ///< the remove command of the configuration
        builtin,         ///< built into the kernel: nothing to do
        already_loaded,  ///< already loaded: nothing to do
        missing,         ///< does not exist: fails if the step is required, else ignored
        kept,            ///< could be removed, but is still in use: nothing to do
        forbidden,       ///< a forbid line: fails if the step is required, else ignored
    };
    Action action = Action::insert;  ///< the action to take
    std::string module = {};         ///< normalised name
    std::string path = {};           ///< as seen from outside the root; insert only
    std::string options = {};  ///< "a=1 b=2": parameters, or the value of $CMDLINE_OPTS
    std::vector<OptionSource> option_sources = {};  ///< the parts of `options`
    std::string command = {};                       ///< run_install, run_remove only
    Origin command_origin = {};                     ///< the line of the command
    /// The first blacklist line for the module. It has no effect on this step, because
    /// a blacklist line does not apply to dependencies or, by default, to module names.
    Origin blacklist = {};
    /// The first forbid line for the module: of a forbidden step, or of another one for
    /// which the request overrides the line, or on which it has no effect.
    Origin forbid = {};
    /// If a required step fails, the remaining steps of the goal are not executed. The
    /// failure of another step (a soft dependency) is ignored.
    bool required = true;
    /// The module already occurs earlier in this goal. Only in plans that ignore loaded
    /// modules: scripts expect these repetitions from modprobe -D.
    bool repeated = false;
    Cause cause = {};  ///< why the step is part of the plan
    /// Details for users: why the module is kept ("used by a b"), counts as loaded
    /// ("part of the kernel"), is missing or is forbidden.
    std::string note = {};
};
/// A stable name for programs: "insert", or "install_command" for run_install.
[[nodiscard]] KMODPP_API std::string_view to_string(Step::Action action);

/// The steps for one module that a request named.
struct Goal {
    NamedModule module = {};       ///< the module to load or remove
    std::vector<Step> steps = {};  ///< in the order of execution
    /// If not empty, the goal is skipped for this reason: "blacklisted in FILE line N".
    std::string skipped = {};
    Origin skipped_origin = {};  ///< the blacklist line
};

/// The goals for a request, one for each module that the name matches.
struct Plan {
    std::vector<Goal> goals;  ///< in the order of the sources; empty: nothing to do
};

}  // namespace kmodpp

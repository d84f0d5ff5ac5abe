// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// What is to be done, decided before anything is done: plain data, made by the resolver
/// and read by whoever shows it or carries it out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>
#include <kmodpp/origin.hpp>

namespace kmodpp {

/// Which of the sources of names knew a name; in the order in which they are asked.
enum class NameSource {
    config_alias,   ///< an alias line of modprobe.d
    module_name,    ///< modules.dep
    symbol,         ///< modules.symbols, for names that begin with "symbol:"
    command,        ///< an install or remove line of exactly that name
    module_alias,   ///< modules.alias
    builtin_name,   ///< modules.builtin
    builtin_alias,  ///< modules.builtin.alias
    path,           ///< a file named directly
};

/// "modules.alias", "alias lines of the configuration", …: for people.
[[nodiscard]] KMODPP_API std::string_view to_string(NameSource source);

/// A module that a name stands for, and what led to it.
struct NamedModule {
    std::string name = {};   ///< normalised
    std::string alias = {};  ///< the name asked for, when it was an alias or symbol
    NameSource source = NameSource::module_name;  ///< who knew it
    /// What matched the alias: a key of the database, or the pattern of an alias line.
    std::string pattern = {};
    Origin origin = {};  ///< the line of the configuration; empty for the databases
};

/// Why a step is part of a plan.
struct Cause {
    /// How a step came to be needed.
    enum class Kind {
        named,              ///< it was asked for
        dependency,         ///< `of` needs it
        pre_softdep,        ///< a soft dependency of `of`, to be there before it
        post_softdep,       ///< a soft dependency of `of`, to follow it
        holder,             ///< it uses `of`, which is to go
        unused_dependency,  ///< `of` needed it, and is gone
    };
    Kind kind = Kind::named;   ///< how it came to be needed
    std::string of = {};       ///< the other module
    std::string softdep = {};  ///< the name on the softdep line
    Origin origin = {};        ///< the softdep line
};

/// "ext4 needs it", "softdep of ext4 (FILE line N)", …: for people.
[[nodiscard]] inline std::string to_string(const Cause& cause) {
    switch (cause.kind) {
        case Cause::Kind::named: return "named";
        case Cause::Kind::dependency: return cause.of + " needs it";
        case Cause::Kind::pre_softdep:
        case Cause::Kind::post_softdep:
            return "softdep of " + cause.of + " (" + cause.origin.describe() + ")";
        case Cause::Kind::holder: return "uses " + cause.of;
        case Cause::Kind::unused_dependency: return "no longer used by " + cause.of;
    }
    return {};
}

/// Parameters, and who gave them.
struct OptionSource {
    std::string text;  ///< "a=1 b=2"
    Origin origin;     ///< the line, the kernel command line or the request
};

/// One thing to do, or to leave.
struct Step {
    /// What is to be done, or why nothing is.
    enum class Action {
        insert,          ///< insmod path options
        remove,          ///< rmmod module
        run_install,     ///< the install command of the configuration
        run_remove,      ///< the remove command of the configuration
        builtin,         ///< part of the kernel: nothing to do
        already_loaded,  ///< loaded: nothing to do
        missing,         ///< not there: fails when it is required, else passed over
        kept,            ///< something that could go, but is still in use: left
    };
    Action action = Action::insert;  ///< what is to be done
    std::string module = {};         ///< normalised name
    std::string path = {};           ///< as seen from outside the root; insert only
    std::string options = {};        ///< "a=1 b=2": parameters, or what $CMDLINE_OPTS is
    std::vector<OptionSource> option_sources = {};  ///< what `options` is made of
    std::string command = {};                       ///< run_install, run_remove
    Origin command_origin = {};                     ///< the line of the command
    /// The first blacklist line for the module. Such a line stops what an alias names,
    /// never what another module needs: it does not hold for this step.
    Origin blacklist = {};
    /// When a required step fails the rest of its goal is given up; the failure of
    /// another step (a soft dependency) is passed over.
    bool required = true;
    /// The module stands earlier in this goal already. Only in plans that ignore what is
    /// loaded, whose lines scripts know with their repetitions.
    bool repeated = false;
    Cause cause = {};  ///< why it is part of the plan
    /// For people: why it is kept ("used by a b"), loaded ("part of the kernel"), or
    /// fails for being missing.
    std::string note = {};
};

/// The steps for one module that a request named.
struct Goal {
    NamedModule module = {};       ///< what is to be loaded or removed
    std::vector<Step> steps = {};  ///< in the order in which they are done
    /// Not empty: the goal was left out, and why ("blacklisted in FILE line N").
    std::string skipped = {};
    Origin skipped_origin = {};  ///< the blacklist line
};

/// Goals in the order in which the sources named them.
struct Plan {
    std::vector<Goal> goals;  ///< empty: there is nothing to do
};

}  // namespace kmodpp

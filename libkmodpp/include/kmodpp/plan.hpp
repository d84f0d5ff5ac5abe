// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// What is to be done, decided before anything is done: plain data, made by the resolver
/// and read by whoever shows it or carries it out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>

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

/// "modules.alias", "configuration", …: for people.
[[nodiscard]] KMODPP_API std::string_view to_string(NameSource source);

/// One thing to do, or to leave.
struct Step {
    enum class Action {
        insert,          ///< insmod path options
        remove,          ///< rmmod module
        run_install,     ///< the install command of the configuration
        run_remove,      ///< the remove command of the configuration
        builtin,         ///< part of the kernel: nothing to do
        already_loaded,  ///< loaded: nothing to do
    };
    Action action = Action::insert;
    std::string module;   ///< normalised name
    std::string path;     ///< as seen from outside the root; insert only
    std::string options;  ///< "a=1 b=2": parameters, or what $CMDLINE_OPTS stands for
    std::string command;  ///< run_install, run_remove
    /// When a required step fails the rest of its goal is given up; the failure of
    /// another step (a soft dependency) is passed over.
    bool required = true;
    std::string reason;  ///< for people: "ext4 needs it", "softdep of ext4 (FILE line N)"
};

/// The steps for one module that a request named.
struct Goal {
    std::string module;
    /// The name that led to it, when that was not its own.
    std::string alias;
    NameSource source = NameSource::module_name;
    std::vector<Step> steps;
    /// Not empty: the goal was left out, and why ("blacklisted in FILE line N").
    std::string skipped;
};

/// Goals in the order in which the sources named them.
struct Plan {
    std::vector<Goal> goals;
};

}  // namespace kmodpp

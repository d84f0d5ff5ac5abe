// SPDX-License-Identifier: LGPL-2.1-or-later
// The queries of modprobe that only make plans, without executing them.
#pragma once

#include <optional>
#include <string>

#include <kmodpp/context.hpp>

#include "cli/messages.hpp"
#include "cli/options.hpp"

namespace kmodpp::cli {

/// The flags and requests that modprobe's options select.
[[nodiscard]] LoadFlags load_flags(const Arguments& arguments);
[[nodiscard]] InsertRequest insert_request(const Arguments& arguments,
                                           const std::string& name,
                                           const std::string& parameters);
/// Whether -r, or --remove-holders, which implies it, was given.
[[nodiscard]] bool is_removal(const Arguments& arguments);
[[nodiscard]] RemoveRequest remove_request(const Arguments& arguments,
                                           const std::string& name);

/// Runs --explain, --graph, and --json with -D, -n or -R. Prints the result and returns
/// whether all names were found and no required load would fail. nullopt: no such
/// query.
[[nodiscard]] std::optional<bool> run_plan_query(const Arguments& arguments,
                                                 const Context& context,
                                                 Messages& messages);

}  // namespace kmodpp::cli

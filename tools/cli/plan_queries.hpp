// SPDX-License-Identifier: LGPL-2.1-or-later
// The questions to modprobe that are answered by plans alone: nothing is done.
#pragma once

#include <optional>
#include <string>

#include <kmodpp/context.hpp>

#include "cli/messages.hpp"
#include "cli/options.hpp"

namespace kmodpp::cli {

/// What the options of modprobe ask for.
[[nodiscard]] LoadFlags load_flags(const Arguments& arguments);
[[nodiscard]] InsertRequest insert_request(const Arguments& arguments,
                                           const std::string& name,
                                           const std::string& parameters);
/// -r, or --remove-holders, which implies it.
[[nodiscard]] bool is_removal(const Arguments& arguments);
/// -r, or --remove-holders, which implies it.
[[nodiscard]] bool is_removal(const Arguments& arguments);
[[nodiscard]] RemoveRequest remove_request(const Arguments& arguments,
                                           const std::string& name);

/// --explain, --graph, and --json with -D, -n and -R: prints the answer, and whether
/// every name was found. nullopt: nothing of that was asked.
[[nodiscard]] std::optional<bool> run_plan_query(const Arguments& arguments,
                                                 const Context& context,
                                                 Messages& messages);

}  // namespace kmodpp::cli

// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints what the configuration and the module files say: the queries of modprobe that
// are no plans.
#pragma once

#include <string>

#include <kmodpp/context.hpp>

#include "cli/messages.hpp"

namespace kmodpp::cli {

/// Text for scripts, or one JSON object or array.
enum class Form { text, json };

// Each prints to stdout, says through `messages` what went wrong, and is false then.

/// The rules, and the indexes behind them.
[[nodiscard]] bool show_configuration(const Context& context, Form form,
                                      Messages& messages);
/// What is wrong with the rules; false too when one of the findings is an error.
[[nodiscard]] bool show_configuration_check(const Context& context, Form form,
                                            Messages& messages);
/// The versions that a module expects of other modules' symbols.
[[nodiscard]] bool show_symbol_versions(const Context& context, const std::string& name,
                                        Form form, Messages& messages);
/// The symbols that a module exports.
[[nodiscard]] bool show_exports(const Context& context, const std::string& name,
                                Form form, Messages& messages);

}  // namespace kmodpp::cli

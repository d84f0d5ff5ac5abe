// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the configuration and symbols of module files: the queries of modprobe that do
// not need a plan.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <kmodpp/context.hpp>

#include "cli/messages.hpp"

namespace kmodpp::cli {

/// Text for scripts, or one JSON object or array.
enum class Form { text, json };

// Each function prints to stdout. On failure it reports the reason and returns false.

/// Prints the rules and the indexes.
[[nodiscard]] bool show_configuration(const Context& context, Form form,
                                      Messages& messages);
/// Prints the mistakes in the rules; also returns false if one of them is an error.
[[nodiscard]] bool show_configuration_check(const Context& context, Form form,
                                            Messages& messages);
/// Prints the symbol versions that a module expects.
[[nodiscard]] bool show_symbol_versions(const Context& context, const std::string& name,
                                        Form form, Messages& messages);
/// Prints the symbols that a module exports.
[[nodiscard]] bool show_exports(const Context& context, const std::string& name,
                                Form form, Messages& messages);

/// Prints an error, with Form::json also as a document. Returns false.
[[nodiscard]] bool show_failure(const Error& error, Form form, Messages& messages);

/// "0x" and eight digits.
[[nodiscard]] std::string crc_text(std::uint32_t crc);

/// The JSON objects and arrays that docs/json.md describes, with a newline.
[[nodiscard]] Result<std::string> configuration_as_json(const Context& context);
[[nodiscard]] std::string versions_as_json(const std::vector<SymbolVersion>& versions);

}  // namespace kmodpp::cli

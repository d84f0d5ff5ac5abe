// SPDX-License-Identifier: LGPL-2.1-or-later
// Converts values that occur in several JSON documents.
#pragma once

#include <kmodpp/configuration.hpp>
#include <kmodpp/diagnosis.hpp>
#include <kmodpp/loaded_module.hpp>
#include <kmodpp/result.hpp>

#include <string>

#include "cli/json.hpp"

namespace kmodpp::cli {

[[nodiscard]] Json json_of(const Error& error);
[[nodiscard]] Json json_of(const Diagnosis& diagnosis);
[[nodiscard]] Json json_of(const Origin& origin);
[[nodiscard]] Json json_of(const ConfigRule& rule);

/// Adds a member unless it is empty.
void add(Json& json, const char* key, const std::string& text);
void add(Json& json, const char* key, const Origin& origin);

}  // namespace kmodpp::cli

// SPDX-License-Identifier: LGPL-2.1-or-later
// What a module says of itself, as modinfo prints it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kmodpp/module_info.hpp>

namespace kmodpp::cli {

struct ReportForm {
    /// Only the values of this one.
    std::optional<std::string> field = std::nullopt;
    bool null = false;      ///< "key=value" and NUL instead of aligned lines
    bool terminal = false;  ///< safe for a terminal; never together with null
};

/// One module's records, in the order and the forms that scripts read.
[[nodiscard]] std::string report_as_text(const ModuleInfo& info, const ReportForm& form);

/// One module as an object, indented as an element of an array, without a newline at the
/// end. On a terminal it is ASCII, with the rest as \uXXXX.
[[nodiscard]] std::string report_as_json(const ModuleInfo& info, bool terminal);

}  // namespace kmodpp::cli

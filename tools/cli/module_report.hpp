// SPDX-License-Identifier: LGPL-2.1-or-later
// Formats the description of a module for modinfo.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kmodpp/module_info.hpp>

namespace kmodpp::cli {

struct ReportForm {
    /// Print only the values of this field.
    std::optional<std::string> field = std::nullopt;
    bool null = false;      ///< "key=value" and NUL instead of aligned lines
    bool terminal = false;  ///< safe for a terminal; never together with null
};

/// The records of one module, in kmod's order and format.
[[nodiscard]] std::string report_as_text(const ModuleInfo& info, const ReportForm& form);

/// One module as an object, indented as an array element, without a final newline. On a
/// terminal, non-ASCII characters are printed as \uXXXX.
[[nodiscard]] std::string report_as_json(const ModuleInfo& info, bool terminal);

}  // namespace kmodpp::cli

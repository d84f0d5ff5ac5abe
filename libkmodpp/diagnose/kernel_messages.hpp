// SPDX-License-Identifier: LGPL-2.1-or-later
// Parses the kernel's log lines about one load.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kmodpp/diagnosis.hpp"

namespace kmodpp {

/// Returns the parts of \p text that match each '%' of \p pattern, as short as
/// possible; a '%' at the end matches the rest. nullopt: no match. Borrows from \p
/// text.
[[nodiscard]] std::optional<std::vector<std::string_view>> match_message(
    std::string_view pattern, std::string_view text);

/// The information in the log. Owns its strings.
struct KernelMessages {
    using Pair = std::pair<std::string, std::string>;

    std::vector<std::string> unknown_symbols;
    std::vector<std::string> changed_symbols;  ///< "disagrees about version of symbol"
    std::vector<std::string> unversioned_symbols;  ///< "no symbol version for"
    std::vector<Pair> namespaces;                  ///< symbol and its namespace
    std::optional<Pair> vermagic;                  ///< the module's and the kernel's
    std::optional<Pair> proprietary;               ///< symbol and the module that has it
    std::optional<Pair> duplicate;                 ///< symbol and its owner
    std::vector<Pair> bad_parameters;              ///< name and value
    /// Parameters and their limits: "3 values". These lines do not name the module, so
    /// they are only used for a parameter that was refused.
    std::vector<Pair> parameter_limits;
    std::string rejected;    ///< "unsigned module", "module with unavailable key"
    std::string restricted;  ///< what lockdown forbids: "unsigned module loading"
    bool blacklisted = false;
    bool no_module = false;  ///< "No module found in object"
    /// Lines about the module, in log order: they contain its name or path.
    std::vector<KernelLine> lines;
    /// The latest other lines, for a failure without another explanation.
    std::vector<KernelLine> latest;
};

/// \param names the names of the module in the log, normalised
/// \param path the path of its file; may be empty
/// \param log the lines, oldest first
[[nodiscard]] KernelMessages read_kernel_messages(const std::vector<std::string>& names,
                                                  std::string_view path,
                                                  const std::vector<std::string>& log);

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
// What the kernel's log says about one load, understood.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kmodpp/diagnosis.hpp"

namespace kmodpp {

/// The texts of \p text that the '%' of \p pattern stand for; each is as short as it can
/// be, the last one of a pattern that ends with '%' goes to the end. nullopt: no match.
/// Borrows from \p text.
[[nodiscard]] std::optional<std::vector<std::string_view>> match_message(
    std::string_view pattern, std::string_view text);

/// Owns its texts.
struct KernelMessages {
    using Pair = std::pair<std::string, std::string>;

    std::vector<std::string> unknown_symbols;
    std::vector<std::string> changed_symbols;  ///< "disagrees about version of symbol"
    std::vector<std::string> unversioned_symbols;  ///< "no symbol version for"
    std::vector<Pair> namespaces;                  ///< symbol and its namespace
    std::optional<Pair> vermagic;                  ///< the module's and the kernel's
    std::optional<Pair> proprietary;               ///< symbol and the module that has it
    std::optional<Pair> duplicate;                 ///< symbol and who has it
    std::vector<Pair> bad_parameters;              ///< name and value
    /// Names of parameters, and what they hold at most: "3 values". These lines name no
    /// module, so they count only of a parameter that was refused.
    std::vector<Pair> parameter_limits;
    std::string rejected;    ///< "unsigned module", "module with unavailable key"
    std::string restricted;  ///< what lockdown forbids: "unsigned module loading"
    bool blacklisted = false;
    bool no_module = false;  ///< "No module found in object"
    /// Those about the module, in their order.
    std::vector<KernelLine> lines;
};

/// \param names the module may have in the log, normalised
[[nodiscard]] KernelMessages read_kernel_messages(const std::vector<std::string>& names,
                                                  const std::vector<std::string>& log);

}  // namespace kmodpp

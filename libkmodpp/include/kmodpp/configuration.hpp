// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// What modprobe.d, the kernel command line and the module directory say, rule by rule,
/// and what is wrong with it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>

namespace kmodpp {

/// In the order in which `modprobe -c` shows them.
enum class RuleKind { blacklist, install, remove, alias, options, softdep, weakdep };

/// The verb of modprobe.d(5).
[[nodiscard]] KMODPP_API std::string_view to_string(RuleKind kind);

/// One rule, as modprobe.d would write it again: "KIND NAME TEXT".
struct ConfigRule {
    RuleKind kind = RuleKind::blacklist;
    std::string name;   ///< normalised; of an alias: the pattern
    std::string text;   ///< the module of an alias, options, a command; may be empty
    std::string file;   ///< as a person would open it, or "kernel command line"
    unsigned line = 0;  ///< from 1; 0 where the source has no lines
};

/// The indexes that lead from a name to a module.
enum class AliasIndex { modules, symbols };
/// Borrows both texts for the time of the call.
using AliasVisitor =
    std::function<void(std::string_view pattern, std::string_view module)>;

/// An exported or needed symbol with the CRC that CONFIG_MODVERSIONS compares.
struct SymbolVersion {
    std::string name;
    std::optional<std::uint32_t> crc;  ///< none: the module was built without
};

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
// Parses the .modinfo section: NUL-separated "key=value" texts (source:
// include/linux/moduleparam.h, include/linux/module.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/elf.hpp"

namespace kmodpp {

/// Borrows from the section. A text without '=' is a key with an empty value.
struct InfoEntry {
    std::string_view key;
    std::string_view value;
};

/// Entries in file order; runs of NULs are skipped. malformed if the last text is not
/// terminated.
[[nodiscard]] Result<std::vector<InfoEntry>> parse_modinfo(Bytes section);
/// Same for the .modinfo section of a module; no entries if there is no such section.
[[nodiscard]] Result<std::vector<InfoEntry>> read_modinfo(const elf::Image& image);

/// The value of the first entry with that key; nullopt if there is none.
[[nodiscard]] std::optional<std::string_view> find_info(
    const std::vector<InfoEntry>& entries, std::string_view key);

/// One entry of modules.builtin.modinfo: "MODULE.key=value".
struct BuiltinInfoEntry {
    std::string_view module;
    InfoEntry info;
};
/// Borrows from the text.
struct BuiltinModinfoFile {
    std::vector<BuiltinInfoEntry> entries;  ///< in file order
    /// One message for each entry that was skipped because it has no dot before its '='
    /// or no NUL at its end: "the entry at 0x1f names no module: …".
    std::vector<std::string> remarks;
};
[[nodiscard]] BuiltinModinfoFile parse_builtin_modinfo(std::string_view text);

/// A parameter as modinfo shows it, merged from "parm=NAME:DESCRIPTION" and
/// "parmtype=NAME:TYPE". Either part may be missing.
struct ParameterInfo {
    std::string_view name;
    std::optional<std::string_view> description;
    std::optional<std::string_view> type;
};
/// In order of first appearance.
[[nodiscard]] std::vector<ParameterInfo> collect_parameters(
    const std::vector<InfoEntry>& entries);

}  // namespace kmodpp

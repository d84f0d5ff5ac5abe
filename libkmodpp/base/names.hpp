// SPDX-License-Identifier: LGPL-2.1-or-later
// Normalises the spelling of module names and aliases in paths, databases and queries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kmodpp {

/// The longest alias or module name that is looked up or written; PATH_MAX, as in kmod.
inline constexpr std::size_t kMaxNameLength = 4096;

/// A module name with every '-' replaced by '_'.
[[nodiscard]] std::string normalise_module_name(std::string_view name);

/// An alias with every '-' replaced by '_', except inside [...]; nullopt if the brackets
/// do not match.
[[nodiscard]] std::optional<std::string> normalise_alias(std::string_view alias);

/// True if both names mean the same module; '-' and '_' are equal.
[[nodiscard]] bool same_module_name(std::string_view a, std::string_view b);

/// The module suffix of a file name (".ko", ".ko.gz", ".ko.xz", ".ko.zst"), or empty.
[[nodiscard]] std::string_view module_suffix(std::string_view file_name);

/// "kernel/fs/ext4/ext4.ko.xz" -> "kernel/fs/ext4/ext4.ko"; other names stay as they are.
[[nodiscard]] std::string_view without_compression_suffix(std::string_view path);

/// The last component of a path.
[[nodiscard]] std::string_view base_name(std::string_view path);

/// False for a name that cannot be a single directory entry ("", ".", "..", "a/b",
/// hundreds of bytes), so that no name leads out of the directory.
[[nodiscard]] bool is_entry_name(std::string_view name);

/// The normalised module name of a module file: "a/snd-pcm.ko.gz" -> "snd_pcm". Uses the
/// part before the first dot of the base name, as the kernel build does.
[[nodiscard]] std::string module_name_of_path(std::string_view path);

}  // namespace kmodpp

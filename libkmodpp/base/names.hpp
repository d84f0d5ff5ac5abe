// SPDX-License-Identifier: LGPL-2.1-or-later
// The names of modules and aliases: how a path, a module and a query spell the same
// thing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kmodpp {

/// The longest alias or module name that is looked up or written, as PATH_MAX bounds it
/// in the tools that people know.
inline constexpr std::size_t kMaxNameLength = 4096;

/// A module name with every '-' as '_'.
[[nodiscard]] std::string normalise_module_name(std::string_view name);

/// An alias with every '-' as '_', except inside [...]; nullopt when a bracket is not
/// closed or closes nothing.
[[nodiscard]] std::optional<std::string> normalise_alias(std::string_view alias);

/// True when both names are the same module, '-' and '_' being alike.
[[nodiscard]] bool same_module_name(std::string_view a, std::string_view b);

/// The suffix that makes a file a module (".ko", ".ko.gz", ".ko.xz", ".ko.zst"), or
/// empty.
[[nodiscard]] std::string_view module_suffix(std::string_view file_name);

/// "kernel/fs/ext4/ext4.ko.xz" -> "kernel/fs/ext4/ext4.ko"; other names stay as they are.
[[nodiscard]] std::string_view without_compression_suffix(std::string_view path);

/// The last component of a path.
[[nodiscard]] std::string_view base_name(std::string_view path);

/// False for what cannot be one entry of a directory ("", ".", "..", "a/b", hundreds of
/// bytes), so that no name leads out of it.
[[nodiscard]] bool is_entry_name(std::string_view name);

/// The normalised module name of a module file: "a/snd-pcm.ko.gz" -> "snd_pcm". Takes
/// everything before the first dot of the base name, as the kernel build names modules.
[[nodiscard]] std::string module_name_of_path(std::string_view path);

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
// The types of module parameters: checks values as the kernel does, and shows them as
// sysfs does (source: kernel/params.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "format/parameters.hpp"

namespace kmodpp {

/// Prefix of the type of an array; the type of its elements follows.
inline constexpr std::string_view kArrayTypePrefix = "array of ";

/// Fails if the kernel would refuse the value for a type as in "parmtype=NAME:TYPE":
/// bool, invbool, byte, short, ushort, int, uint, long, ulong, ullong, hexint, charp,
/// string, bint, and "array of TYPE". The error has the kernel's errno (EINVAL, ERANGE,
/// ENOSPC) and states what is wrong. An unknown type (one with a driver's own operations)
/// accepts everything.
/// \param long_size size of the kernel's long in bytes: 4 or 8
[[nodiscard]] Status check_parameter(std::string_view type, const Parameter& parameter,
                                     std::size_t long_size);

/// True for the types above: the kernel itself reads and shows the values.
[[nodiscard]] bool is_standard_type(std::string_view type);

/// The value as the kernel shows it in /sys/module/NAME/parameters/, without newline:
/// bool as Y or N, numbers in decimal, other texts as given. Call after check_parameter.
[[nodiscard]] std::string shown_parameter(std::string_view type,
                                          const Parameter& parameter);

/// Size in bytes of a variable of this type; nullopt for texts, arrays and unknown
/// types.
[[nodiscard]] std::optional<std::size_t> parameter_size(std::string_view type,
                                                        std::size_t long_size);
/// The text that the kernel shows for a variable of this type with these bits.
[[nodiscard]] std::string shown_bits(std::string_view type, std::uint64_t bits,
                                     std::size_t long_size);

}  // namespace kmodpp

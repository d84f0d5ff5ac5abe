// SPDX-License-Identifier: LGPL-2.1-or-later
// Module parameters as the kernel parses them (source: kernel/params.c, lib/cmdline.c).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace kmodpp {

/// Begins the type of an array; the type of its elements follows.
inline constexpr std::string_view kArrayTypePrefix = "array of ";

/// One "name=value" of a parameter string; both own their text. No '=': no value.
struct Parameter {
    std::string name;
    std::optional<std::string> value;
};

/// Splits at blanks outside double quotes; quotes group and are taken off when they
/// enclose the value or the whole word; they cannot be escaped. Parsing stops at "--".
[[nodiscard]] std::vector<Parameter> split_parameters(std::string_view text);

/// What stands behind that "--", and is not looked at; nullopt: there is none.
[[nodiscard]] std::optional<std::string_view> text_after_dashes(std::string_view text);

/// The type of a parameter, as "parmtype=NAME:TYPE" writes it: bool, invbool, byte,
/// short, ushort, int, uint, long, ulong, ullong, hexint, charp, string, bint, and "array
/// of TYPE". Checks whether the kernel would take `value` for it. The error carries the
/// errno of the kernel (EINVAL, ERANGE, ENOSPC) and says what is wrong; a type that is
/// not known here (a driver's own operations) accepts everything. \param long_size bytes
/// of the kernel's long: 4 or 8
[[nodiscard]] Status check_parameter(std::string_view type, const Parameter& parameter,
                                     std::size_t long_size);

/// The value as the kernel shows it in /sys/module/NAME/parameters/, without newline:
/// bool as Y or N, numbers in decimal, other texts as given. Call after check_parameter.
[[nodiscard]] std::string shown_parameter(std::string_view type,
                                          const Parameter& parameter);

/// Bytes of a variable of that type; nullopt for texts, arrays and what is not known.
[[nodiscard]] std::optional<std::size_t> parameter_size(std::string_view type,
                                                        std::size_t long_size);
/// What the kernel shows for such a variable with these bits.
[[nodiscard]] std::string shown_bits(std::string_view type, std::uint64_t bits,
                                     std::size_t long_size);

}  // namespace kmodpp

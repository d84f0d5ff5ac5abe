// SPDX-License-Identifier: LGPL-2.1-or-later
// Names of temporary files and back-ups: .NAME.XXXXXX
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kmodpp::io {

/// Number of characters that such a name has in addition to NAME.
inline constexpr std::size_t kAddedLength = 8;

/// A name that is probably not in use. A different \p number gives a different name.
[[nodiscard]] std::string temporary_name(std::string_view name, unsigned number);
/// True if \p candidate has the form of a temporary name for \p name.
[[nodiscard]] bool is_temporary_of(std::string_view name, std::string_view candidate);

}  // namespace kmodpp::io

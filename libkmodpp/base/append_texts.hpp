// SPDX-License-Identifier: LGPL-2.1-or-later
// Appends several texts at once, for loops that write many lines.
#pragma once

#include <string>
#include <string_view>

namespace kmodpp {

/// Appends texts. Faster than cat(), with more code for each call: literals are copied
/// inline.
template <class... Texts>
void append_texts(std::string& out, const Texts&... texts) {
    const std::size_t old = out.size();
    const std::size_t size = (old + ... + std::string_view(texts).size());
    out.resize_and_overwrite(size, [&](char* begin, std::size_t) {
        char* end = begin + old;
        ((end += std::string_view(texts).copy(end, std::string_view::npos)), ...);
        return size;
    });
}

}  // namespace kmodpp

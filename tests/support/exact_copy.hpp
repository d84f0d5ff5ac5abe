// SPDX-License-Identifier: LGPL-2.1-or-later
// Copies bytes into a block of exactly their size, so that AddressSanitizer detects a
// read past the end.
#pragma once

#include <algorithm>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp::test {

class ExactCopy {
public:
    explicit ExactCopy(std::string_view text)
        : data_(std::make_unique<char[]>(text.size())), size_(text.size()) {
        std::ranges::copy(text, data_.get());
    }

    void set(std::size_t at, char value) { data_[at] = value; }

    /// Borrow from this object.
    [[nodiscard]] std::string_view text() const { return {data_.get(), size_}; }
    [[nodiscard]] Bytes bytes() const { return as_bytes(text()); }

private:
    std::unique_ptr<char[]> data_;
    std::size_t size_;
};

}  // namespace kmodpp::test

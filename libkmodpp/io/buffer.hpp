// SPDX-License-Identifier: LGPL-2.1-or-later
// Bytes that are filled once: memory that is neither zeroed before nor copied after.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.hpp"

namespace kmodpp::io {

/// An owned, growing run of bytes. Unlike a vector it does not zero what is about to be
/// written, and growing a large one moves pages, not bytes (realloc). Move-only.
class Buffer {
public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept;
    Buffer& operator=(Buffer&& other) noexcept;
    ~Buffer() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    /// What has been written; borrows.
    [[nodiscard]] Bytes bytes() const { return {data_.get(), size_}; }
    /// Where to write next; valid until the buffer grows.
    [[nodiscard]] std::span<std::byte> spare() {
        return {data_.get() + size_, capacity_ - size_};
    }
    /// The first `count` bytes of spare() have been written.
    void extend(std::size_t count) { size_ += count; }
    /// Room for `capacity` bytes in all; io (ENOMEM) when there is no memory.
    [[nodiscard]] Status reserve(std::size_t capacity);

private:
    struct Free {
        void operator()(std::byte* memory) const;
    };
    std::unique_ptr<std::byte[], Free> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace kmodpp::io

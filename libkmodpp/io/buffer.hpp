// SPDX-License-Identifier: LGPL-2.1-or-later
// A growing byte buffer that is filled once, without zeroing or copying.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/bytes.hpp"

namespace kmodpp::io {

/// An owned, growing byte buffer. Unlike a vector it does not zero new memory, and
/// growing a large one moves pages, not bytes (realloc). Move-only.
class Buffer {
public:
    Buffer() = default;
    Buffer(Buffer&& other) noexcept;
    Buffer& operator=(Buffer&& other) noexcept;
    ~Buffer() = default;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t capacity() const { return capacity_; }
    /// The bytes written so far; borrows.
    [[nodiscard]] Bytes bytes() const { return {data_.get(), size_}; }
    /// The unused memory to write to; valid until the buffer grows.
    [[nodiscard]] std::span<std::byte> spare() {
        return {data_.get() + size_, capacity_ - size_};
    }
    /// Marks the first `count` bytes of spare() as written.
    void extend(std::size_t count) { size_ += count; }
    /// Grows to a total capacity of `capacity` bytes; io (ENOMEM) if out of memory.
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

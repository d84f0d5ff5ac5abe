// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/buffer.hpp"

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/text.hpp"

namespace kmodpp::io {

void Buffer::Free::operator()(std::byte* memory) const { std::free(memory); }

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::move(other.data_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
}

Status Buffer::reserve(std::size_t capacity) {
    if (capacity <= capacity_) return {};
    void* const memory = std::realloc(data_.get(), capacity);
    if (memory == nullptr)
        return fail_errno(ENOMEM, cat("cannot allocate ", capacity, " bytes"));
    static_cast<void>(data_.release());  // realloc owns the old memory now
    data_.reset(static_cast<std::byte*>(memory));
    capacity_ = capacity;
    return {};
}

}  // namespace kmodpp::io

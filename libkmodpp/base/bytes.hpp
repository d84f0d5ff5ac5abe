// SPDX-License-Identifier: LGPL-2.1-or-later
// The only door to foreign bytes: slices that are checked before they are made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "base/error.hpp"

namespace kmodpp {

using Bytes = std::span<const std::byte>;

/// The same bytes as text; borrows.
[[nodiscard]] std::string_view as_text(Bytes bytes);
/// The same text as bytes; borrows.
[[nodiscard]] Bytes as_bytes(std::string_view text);

/// True when [offset, offset + size) lies within `total` bytes; cannot wrap.
[[nodiscard]] constexpr bool in_range(std::uint64_t offset, std::uint64_t size,
                                      std::uint64_t total) {
    return offset <= total && size <= total - offset;
}

/// Random access to bytes that may not be in memory yet: a buffer, or a file of which
/// only the parts asked for are read.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// A view of exactly `size` bytes at `offset`, valid as long as the source lives.
    /// malformed when it runs past the end, io when reading fails.
    [[nodiscard]] virtual Result<Bytes> slice(std::uint64_t offset,
                                              std::uint64_t size) = 0;
    /// Hands the bytes of a range over in order, in pieces that are valid during the call
    /// alone: for ranges too long to be kept. Errors as of slice; some pieces may have
    /// been handed over before one.
    [[nodiscard]] virtual Status visit(std::uint64_t offset, std::uint64_t size,
                                       const std::function<void(Bytes)>& each);
};

/// Bytes that are in memory; borrows them.
class MemorySource final : public ByteSource {
public:
    explicit MemorySource(Bytes bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override;

private:
    Bytes bytes_;
};

/// "offset 0x40, size 0x100 in a file of 0x80 bytes": the tail of a range error.
[[nodiscard]] std::string describe_range(std::uint64_t offset, std::uint64_t size,
                                         std::uint64_t total);

}  // namespace kmodpp

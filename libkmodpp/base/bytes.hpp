// SPDX-License-Identifier: LGPL-2.1-or-later
// Access to untrusted bytes through checked slices.
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

/// True if [offset, offset + size) is within `total` bytes; cannot wrap around.
[[nodiscard]] constexpr bool in_range(std::uint64_t offset, std::uint64_t size,
                                      std::uint64_t total) {
    return offset <= total && size <= total - offset;
}

/// Random access to bytes that may not be in memory yet: a buffer, or a file that is read
/// piece by piece.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// A view of exactly \p size bytes at \p offset, valid as long as the source lives.
    /// malformed if the range runs past the end; io if reading failed.
    [[nodiscard]] virtual Result<Bytes> slice(std::uint64_t offset,
                                              std::uint64_t size) = 0;
    /// Copies the bytes of the range at \p offset to \p into, and keeps nothing in
    /// memory. Errors as for slice().
    [[nodiscard]] virtual Status copy(std::uint64_t offset, std::span<std::byte> into);
    /// Passes the bytes of a range to a callback in order, in pieces that are valid only
    /// during the call, for ranges too long to be kept in memory. Errors as for slice();
    /// some pieces may have been passed before an error.
    [[nodiscard]] virtual Status visit(std::uint64_t offset, std::uint64_t size,
                                       const std::function<void(Bytes)>& each);
};

/// Bytes in memory; borrows them.
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

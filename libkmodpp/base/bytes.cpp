// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/bytes.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kmodpp {

std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

std::string describe_range(std::uint64_t offset, std::uint64_t size,
                           std::uint64_t total) {
    return cat("offset ", hex(offset), ", size ", hex(size), " in a file of ", hex(total),
               " bytes");
}

Status ByteSource::copy(std::uint64_t offset, std::span<std::byte> into) {
    TRY_ASSIGN(const Bytes bytes, slice(offset, into.size()));
    std::ranges::copy(bytes, into.begin());
    return {};
}

Status ByteSource::visit(std::uint64_t offset, std::uint64_t size,
                         const std::function<void(Bytes)>& each) {
    TRY_ASSIGN(const Bytes bytes, slice(offset, size));
    each(bytes);
    return {};
}

Result<Bytes> MemorySource::slice(std::uint64_t offset, std::uint64_t size) {
    if (!in_range(offset, size, bytes_.size()))
        return fail(ErrorKind::malformed,
                    cat("runs past the end of the file: ",
                        describe_range(offset, size, bytes_.size())));
    return bytes_.subspan(offset, size);
}

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads fields of the on-disk structures of ELF, for both classes.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/endian.hpp"

namespace kmodpp::elf {

/// Reads fields of an on-disk structure; the caller has checked that it is complete.
class Fields {
public:
    Fields(const std::byte* at, bool is_64, std::endian order)
        : at_(at), is_64_(is_64), order_(order) {}

    /// A field of the same width in both classes, given its offset in each.
    template <std::unsigned_integral T>
    [[nodiscard]] T get(std::size_t offset_32, std::size_t offset_64) const {
        return load<T>(at_ + (is_64_ ? offset_64 : offset_32), order_);
    }
    /// A field as wide as an address of the class.
    [[nodiscard]] std::uint64_t word(std::size_t offset_32, std::size_t offset_64) const {
        return is_64_ ? load<std::uint64_t>(at_ + offset_64, order_)
                      : load<std::uint32_t>(at_ + offset_32, order_);
    }

private:
    const std::byte* at_;
    bool is_64_;
    std::endian order_;
};

/// Calls walk(is_64, order). For the usual class and byte order, these are constants, so
/// that the compiler makes a second loop of \p walk, which tests neither for each field.
template <class Walk>
auto with_constants(bool is_64, std::endian order, const Walk& walk) {
#ifndef __OPTIMIZE_SIZE__
    constexpr auto kNative = std::endian::native;
    if (is_64 && order == kNative)
        return walk(std::true_type{}, std::integral_constant<std::endian, kNative>{});
#endif
    return walk(is_64, order);
}

}  // namespace kmodpp::elf

/// The offsets of a field of Elf32_Struct and of Elf64_Struct.
#define KMODPP_ELF_FIELD(Struct, name) \
    offsetof(Elf32_##Struct, name), offsetof(Elf64_##Struct, name)

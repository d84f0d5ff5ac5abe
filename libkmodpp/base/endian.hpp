// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads and writes integers of a given byte order in unaligned bytes.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace kmodpp {

template <std::unsigned_integral T>
[[nodiscard]] constexpr T byte_swap(T value) {
    if constexpr (sizeof(T) == 1)
        return value;
    else if constexpr (sizeof(T) == 2)
        return __builtin_bswap16(value);
    else if constexpr (sizeof(T) == 4)
        return __builtin_bswap32(value);
    else
        return __builtin_bswap64(value);
}

/// Reads an integer of the given byte order. The caller must have checked that the bytes
/// exist.
template <std::unsigned_integral T>
[[nodiscard]] inline T load(const std::byte* at, std::endian order) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return order == std::endian::native ? value : byte_swap(value);
}

template <std::unsigned_integral T>
inline void store(std::byte* at, T value, std::endian order) {
    if (order != std::endian::native) value = byte_swap(value);
    std::memcpy(at, &value, sizeof value);
}

/// Appends an integer in the given byte order.
template <std::unsigned_integral T>
inline void append(std::string& out, T value, std::endian order) {
    std::byte raw[sizeof(T)];
    store(raw, value, order);
    out.append(reinterpret_cast<const char*>(raw), sizeof raw);
}

}  // namespace kmodpp

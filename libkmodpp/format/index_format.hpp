// SPDX-License-Identifier: LGPL-2.1-or-later
// The layout of the .bin indexes, shared by reader and writer (source: kmod's depmod(8);
// each tool can read the other's files).
#pragma once

#include <bit>
#include <cstdint>

namespace kmodpp::index_format {

// A radix trie that maps 7-bit keys to texts. All integers are big-endian.
//
//   header   | magic u32 | version u32 | root offset u32 |
//
//   node     | prefix bytes, NUL |                          if kHasPrefix
//            | first u8 | last u8 | offset u32 x (last - first + 1) |  if kHasChildren
//            | count u32 | (priority u32 | text, NUL) x count |      if kHasValues
//
// The high bits of a node's offset show which parts exist. An offset of 0 in a child
// table means that no key continues with that byte. Values are ordered by ascending
// priority. An empty trie is a header with a root offset of 12 and no flags.
inline constexpr std::endian kOrder = std::endian::big;
inline constexpr std::uint32_t kMagic = 0xB007F457;
inline constexpr std::uint32_t kVersion = 0x00020001;
inline constexpr std::uint32_t kVersionMajor = kVersion >> 16;
inline constexpr std::uint32_t kHeaderSize = 12;

inline constexpr std::uint32_t kHasPrefix = 0x80000000;
inline constexpr std::uint32_t kHasValues = 0x40000000;
inline constexpr std::uint32_t kHasChildren = 0x20000000;
inline constexpr std::uint32_t kOffsetMask = 0x0FFFFFFF;

/// Keys are 7-bit ASCII without NUL.
inline constexpr unsigned char kMaxKeyByte = 0x7f;

}  // namespace kmodpp::index_format

// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the pointers in a section of a module lead to, before the kernel has filled them
// in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "format/elf.hpp"

namespace kmodpp {

/// Relocations that are read of a module; no module has as many. Sections whose tables
/// overlap in the file would cost the product of their sizes.
inline constexpr std::size_t kMaxRelocations = 1u << 20;

/// A place in a section. Borrows the section from its image.
struct Place {
    const elf::Section* section = nullptr;
    std::uint64_t offset = 0;
};

/// Follows the absolute pointers of a module, by its relocation sections and its symbol
/// table. Each is read once, when it is first needed. Borrows from the image.
class Pointers {
public:
    [[nodiscard]] static Result<Pointers> open(const elf::Image& image);

    /// Where the pointer at that place leads to; nullopt: it is null, or leads out of the
    /// module. malformed when a relocation does not lie in its tables.
    [[nodiscard]] Result<std::optional<Place>> follow(Place at);

    /// Bytes at a place; what has none in the file (.bss) reads as zero. nullopt: they
    /// run past the end of the section.
    [[nodiscard]] Result<std::optional<std::uint64_t>> number(Place at, std::size_t size);
    /// The text at a place up to its NUL, at most `limit` bytes; cut short at the end of
    /// the section.
    [[nodiscard]] Result<std::string_view> text(Place at, std::size_t limit);

    [[nodiscard]] const elf::Image& image() const { return *image_; }

private:
    struct Relocation {
        std::uint64_t offset = 0;
        std::uint64_t addend = 0;
        std::uint32_t symbol = 0;
    };
    using Relocations = std::vector<Relocation>;  // by offset

    Pointers(const elf::Image& image, std::vector<elf::Symbol> symbols);
    [[nodiscard]] Result<const Relocations*> relocations_of(const elf::Section& section);
    [[nodiscard]] Status read(const elf::Section& table, const elf::Section& target,
                              Relocations& out);

    const elf::Image* image_;
    std::vector<elf::Symbol> symbols_;  // without the null entry
    /// The relocations of each section; null: none.
    std::vector<const elf::Section*> tables_;
    std::map<const elf::Section*, Relocations> read_;
    std::size_t left_ = kMaxRelocations;
};

}  // namespace kmodpp

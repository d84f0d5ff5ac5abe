// SPDX-License-Identifier: LGPL-2.1-or-later
// Follows the pointers in a module's sections, which the kernel fills in at load time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "format/elf.hpp"

namespace kmodpp {

/// Limit of the relocations read from a module; no real module reaches it. Without it,
/// overlapping tables in a crafted file would cost the product of their sizes.
inline constexpr std::size_t kMaxRelocations = 1u << 20;

/// A place in a section. Borrows the section from its image.
struct Place {
    const elf::Section* section = nullptr;
    std::uint64_t offset = 0;
};

/// Follows the absolute pointers of a module, using its relocation sections and its
/// symbol table. Each relocation section is read once, when first needed. Borrows from
/// the image.
class Pointers {
public:
    [[nodiscard]] static Result<Pointers> open(const elf::Image& image);

    /// The target of the pointer at a place; nullopt if it is null or outside the
    /// module. malformed if a relocation does not fit its tables.
    [[nodiscard]] Result<std::optional<Place>> follow(Place at);

    /// The integer at a place, of \p size bytes; 0 where the file has no bytes (.bss).
    /// nullopt if it runs past the end of the section.
    [[nodiscard]] Result<std::optional<std::uint64_t>> number(Place at, std::size_t size);
    /// The text at a place up to its NUL, at most \p limit bytes; cut at the end of the
    /// section.
    [[nodiscard]] Result<std::string_view> text(Place at, std::size_t limit);

    [[nodiscard]] const elf::Image& image() const { return *image_; }

private:
    struct Relocation {
        std::uint64_t offset = 0;
        std::uint64_t addend = 0;
        std::uint32_t symbol = 0;
    };
    using Relocations = std::vector<Relocation>;  // sorted by offset

    Pointers(const elf::Image& image, std::vector<elf::Symbol> symbols);
    [[nodiscard]] Result<const Relocations*> relocations_of(const elf::Section& section);
    [[nodiscard]] Status read(const elf::Section& table, const elf::Section& target,
                              Relocations& out);

    const elf::Image* image_;
    std::vector<elf::Symbol> symbols_;  // without the null entry
    /// The relocation section of each section; null if it has none.
    std::vector<const elf::Section*> tables_;
    std::map<const elf::Section*, Relocations> read_;
    std::size_t left_ = kMaxRelocations;
};

}  // namespace kmodpp

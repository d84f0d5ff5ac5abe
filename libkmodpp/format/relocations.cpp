// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/relocations.hpp"

#include <elf.h>

#include <algorithm>

#include "base/endian.hpp"
#include "base/sort.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

std::uint64_t load_sized(const std::byte* at, std::size_t size, std::endian order) {
    switch (size) {
        case 1: return load<std::uint8_t>(at, order);
        case 2: return load<std::uint16_t>(at, order);
        case 4: return load<std::uint32_t>(at, order);
        default: return load<std::uint64_t>(at, order);
    }
}

}  // namespace

Result<Pointers> Pointers::open(const elf::Image& image) {
    TRY_ASSIGN(auto symbols, image.symbols());
    return Pointers(image, std::move(symbols));
}

Pointers::Pointers(const elf::Image& image, std::vector<elf::Symbol> symbols)
    : image_(&image), symbols_(std::move(symbols)), tables_(image.sections().size()) {
    for (const elf::Section& table : image.sections())
        if ((table.sh_type == SHT_RELA || table.sh_type == SHT_REL) &&
            table.sh_info < tables_.size() && tables_[table.sh_info] == nullptr)
            tables_[table.sh_info] = &table;
}

Status Pointers::read(const elf::Section& table, const elf::Section& target,
                      Relocations& out) {
    const bool has_addend = table.sh_type == SHT_RELA;
    const std::size_t word = image_->word_size();
    const std::size_t entry = word * (has_addend ? 3 : 2);
    const bool swaps_info = image_->e_machine() == EM_MIPS && image_->is_64() &&
                            image_->order() == std::endian::little;
    TRY_ASSIGN(const Bytes bytes, image_->contents(table));
    if (bytes.size() / entry > left_)
        return fail(ErrorKind::malformed, cat(image_->describe(table), ": more than ",
                                              kMaxRelocations, " relocations"));
    left_ -= bytes.size() / entry;
    for (std::size_t at = 0; at + entry <= bytes.size(); at += entry) {
        const std::byte* const row = bytes.data() + at;
        const std::uint64_t offset = load_sized(row, word, image_->order());
        const std::uint64_t info = load_sized(row + word, word, image_->order());
        // 64-bit MIPS has separate fields for the symbol and the types, with the symbol
        // first.
        const auto symbol = static_cast<std::uint32_t>(swaps_info        ? info
                                                       : image_->is_64() ? info >> 32
                                                                         : info >> 8);
        std::uint64_t addend = 0;
        if (has_addend)
            addend = load_sized(row + 2 * word, word, image_->order());
        else if (target.sh_type != SHT_NOBITS && in_range(offset, word, target.sh_size)) {
            TRY_ASSIGN(const Bytes contents, image_->contents(target));
            addend = load_sized(contents.data() + offset, word, image_->order());
        }
        out.push_back({offset, addend, symbol});
    }
    sort_by(out, &Relocation::offset);
    return {};
}

Result<const Pointers::Relocations*> Pointers::relocations_of(
    const elf::Section& section) {
    const auto [known, is_new] = read_.try_emplace(&section);
    if (!is_new) return &known->second;
    const auto index = static_cast<std::size_t>(&section - image_->sections().data());
    if (tables_[index] != nullptr) TRY(read(*tables_[index], section, known->second));
    return &known->second;
}

Result<std::optional<Place>> Pointers::follow(Place at) {
    TRY_ASSIGN(const Relocations* const relocations, relocations_of(*at.section));
    const auto found =
        std::ranges::lower_bound(*relocations, at.offset, {}, &Relocation::offset);
    if (found == relocations->end() || found->offset != at.offset) return std::nullopt;
    const Relocation& target = *found;
    if (target.symbol == 0 || target.symbol > symbols_.size())
        return fail(
            ErrorKind::malformed,
            cat("relocation of ", image_->describe(*at.section), " at ", hex(at.offset),
                ": symbol ", target.symbol, " is not one of ", symbols_.size()));
    const elf::Symbol& symbol = symbols_[target.symbol - 1];
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= image_->sections().size())
        return std::nullopt;
    return Place{&image_->sections()[symbol.st_shndx], symbol.st_value + target.addend};
}

Result<std::optional<std::uint64_t>> Pointers::number(Place at, std::size_t size) {
    if (!in_range(at.offset, size, at.section->sh_size)) return std::nullopt;
    if (at.section->sh_type == SHT_NOBITS) return 0;
    TRY_ASSIGN(const Bytes contents, image_->contents(*at.section));
    return load_sized(contents.data() + at.offset, size, image_->order());
}

Result<std::string_view> Pointers::text(Place at, std::size_t limit) {
    if (at.offset >= at.section->sh_size || at.section->sh_type == SHT_NOBITS)
        return std::string_view();
    TRY_ASSIGN(const Bytes contents, image_->contents(*at.section));
    const std::string_view text = as_text(contents).substr(at.offset, limit);
    return text.substr(0, text.find('\0'));
}

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hostile/mutations.hpp"

#include <elf.h>

#include <algorithm>
#include <iterator>

#include "format/index_format.hpp"

namespace kmodpp::test {

namespace {

using namespace index_format;

constexpr std::size_t kSymbols = 20;

/// Widths of the fields of the ELF structures in order; w is the width of an address.
constexpr std::string_view kHeaderFields =
    "11111111111111112"
    "24"
    "www4"
    "222222";
constexpr std::string_view kSectionFields = "44wwww44ww";
constexpr std::string_view kSymbolFields64 = "4112ww";
constexpr std::string_view kSymbolFields32 = "4ww112";

std::size_t add_fields(std::string_view widths, bool is_64, bool big_endian,
                       std::size_t offset, std::vector<NumberPlace>& places) {
    for (const char width : widths) {
        const auto size =
            static_cast<std::size_t>(width == 'w' ? (is_64 ? 8 : 4) : width - '0');
        places.push_back({offset, size, big_endian});
        offset += size;
    }
    return offset;
}

std::uint64_t choose(std::mt19937_64& random, std::size_t count) {
    return count == 0 ? 0 : random() % count;
}

}  // namespace

std::uint64_t get_number(std::string_view file, const NumberPlace& place) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < place.size; ++i) {
        const std::size_t at = place.big_endian ? i : place.size - 1 - i;
        value = value << 8 | static_cast<unsigned char>(file.at(place.offset + at));
    }
    return value;
}

void put_number(std::string& file, const NumberPlace& place, std::uint64_t value) {
    for (std::size_t i = 0; i < place.size; ++i, value >>= 8) {
        const std::size_t at = place.big_endian ? place.size - 1 - i : i;
        file.at(place.offset + at) = static_cast<char>(value & 0xff);
    }
}

std::vector<NumberPlace> elf_numbers(std::string_view file) {
    const bool is_64 = file.at(EI_CLASS) == ELFCLASS64;
    const bool big = file.at(EI_DATA) == ELFDATA2MSB;
    std::vector<NumberPlace> places;
    add_fields(kHeaderFields, is_64, big, 0, places);
    const std::size_t word = is_64 ? 8 : 4;
    const auto number = [&](std::size_t offset, std::size_t size) {
        return get_number(file, {offset, size, big});
    };
    const std::size_t table = number(
        is_64 ? offsetof(Elf64_Ehdr, e_shoff) : offsetof(Elf32_Ehdr, e_shoff), word);
    const std::size_t count =
        number(is_64 ? offsetof(Elf64_Ehdr, e_shnum) : offsetof(Elf32_Ehdr, e_shnum), 2);
    const std::size_t entry = is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = table + i * entry;
        add_fields(kSectionFields, is_64, big, at, places);
        if (number(at + 4, 4) != SHT_SYMTAB) continue;
        std::size_t symbol = number(at + 8 + 2 * word, word);
        for (std::size_t n = 0; n < kSymbols; ++n)
            symbol = add_fields(is_64 ? kSymbolFields64 : kSymbolFields32, is_64, big,
                                symbol, places);
    }
    std::erase_if(places, [&](const NumberPlace& place) {
        return place.offset + place.size > file.size();
    });
    return places;
}

std::vector<NumberPlace> index_numbers(std::string_view file) {
    std::vector<NumberPlace> places;
    for (const std::size_t offset : {0u, 4u, 8u}) places.push_back({offset, 4, true});
    std::vector<std::uint64_t> open{get_number(file, places.back())};
    while (!open.empty()) {
        const std::uint64_t node = open.back();
        open.pop_back();
        std::size_t at = node & kOffsetMask;
        if ((node & ~std::uint64_t{kOffsetMask}) == 0) continue;
        if (node & kHasPrefix) at = file.find('\0', at) + 1;
        if (node & kHasChildren) {
            const auto first = static_cast<unsigned char>(file[at]);
            const auto last = static_cast<unsigned char>(file[at + 1]);
            places.push_back({at, 1, true});
            places.push_back({at + 1, 1, true});
            at += 2;
            for (unsigned byte = first; byte <= last; ++byte, at += 4) {
                places.push_back({at, 4, true});
                open.push_back(get_number(file, places.back()));
            }
        }
        if (node & kHasValues) places.push_back({at, 4, true});
    }
    return places;
}

std::vector<std::uint64_t> boundary_values(std::string_view file,
                                           const NumberPlace& place) {
    const std::uint64_t most =
        place.size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * place.size)) - 1;
    const std::uint64_t old = get_number(file, place);
    const std::uint64_t size = file.size();
    return {0,
            1,
            2,
            old - 1,
            old + 1,
            old * 2,
            size - 1,
            size,
            size + 1,
            size / 2,
            most,
            most - 1,
            most / 2,
            most / 2 + 1,
            most - size,
            place.offset,
            0xff00,
            0xfff1,
            0xffff,
            0x10000,
            old ^ 0x80000000};
}

std::string with_bad_number(std::string file, const std::vector<NumberPlace>& places,
                            std::mt19937_64& random) {
    const NumberPlace& place = places.at(choose(random, places.size()));
    // The numbers of an index are big-endian: make an offset point to any node, with any
    // flags.
    if (place.big_endian && choose(random, 4) == 0) {
        const NumberPlace& other = places.at(choose(random, places.size()));
        std::uint64_t value = get_number(file, other);
        if (choose(random, 2) == 0) value ^= std::uint64_t{choose(random, 16)} << 28;
        if (choose(random, 3) == 0)
            value = (value & 0xF0000000) | choose(random, file.size());
        put_number(file, place, value);
        return file;
    }
    const auto values = boundary_values(file, place);
    put_number(file, place, values[choose(random, values.size())]);
    return file;
}

std::string with_noise(std::string file, std::mt19937_64& random) {
    for (auto rounds = 1 + choose(random, 4); rounds > 0 && !file.empty(); --rounds) {
        const std::size_t at = choose(random, file.size());
        const std::size_t length =
            std::min<std::size_t>(1 + choose(random, 64), file.size() - at);
        const std::size_t other = choose(random, file.size() - length + 1);
        switch (choose(random, 7)) {
            case 0:
                file[at] = static_cast<char>(file[at] ^ (1 << choose(random, 8)));
                break;
            case 1: file[at] = static_cast<char>(choose(random, 256)); break;
            case 2: file.replace(at, length, length, '\0'); break;
            case 3: file.replace(at, length, length, '\xff'); break;
            case 4: file.insert(at, file.substr(other, length)); break;
            case 5: file.replace(at, length, file.substr(other, length)); break;
            default: file.erase(at, length); break;
        }
    }
    return file;
}

}  // namespace kmodpp::test

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hostile/plain_modinfo.hpp"

#include <elf.h>

#include <stdexcept>

#include "hostile/mutations.hpp"

namespace kmodpp::test {

namespace {

/// Throws std::out_of_range past the end of the file.
std::vector<std::string> read(std::string_view file) {
    const bool is_64 = file.at(EI_CLASS) == ELFCLASS64;
    const bool big = file.at(EI_DATA) == ELFDATA2MSB;
    const std::size_t word = is_64 ? 8 : 4;
    const std::size_t entry = is_64 ? 64 : 40;
    const auto number = [&](std::size_t offset, std::size_t size) {
        if (offset > file.size()) throw std::out_of_range("offset");
        return get_number(file, {offset, size, big});
    };
    const auto slice = [&](std::size_t offset, std::size_t size) {
        const std::string_view rest = file.substr(offset);
        if (size > rest.size()) throw std::out_of_range("size");
        return rest.substr(0, size);
    };
    const std::size_t table = number(is_64 ? 40 : 32, word);
    const auto header = [&](std::size_t i) { return table + i * entry; };
    std::size_t count = number(is_64 ? 60 : 48, 2);
    std::size_t names_index = number(is_64 ? 62 : 50, 2);
    if (count == 0) count = number(header(0) + 8 + 3 * word, word);
    if (names_index == SHN_XINDEX) names_index = number(header(0) + 8 + 4 * word, 4);
    const auto contents = [&](std::size_t i) {
        return slice(number(header(i) + 8 + 2 * word, word),
                     number(header(i) + 8 + 3 * word, word));
    };
    const std::string_view names = contents(names_index);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view rest = names.substr(number(header(i), 4));
        if (rest.substr(0, rest.find('\0')) != ".modinfo") continue;
        std::vector<std::string> texts;
        std::string text;
        for (const char c : contents(i)) {
            if (c != '\0') {
                text += c;
                continue;
            }
            const std::string key = text.substr(0, text.find('='));
            if (!text.empty() && key != "parm")
                texts.push_back(key.size() == text.size() ? key + '=' : text);
            text.clear();
        }
        return texts;
    }
    return {};
}

}  // namespace

std::optional<std::vector<std::string>> plain_modinfo(std::string_view file) {
    try {
        return read(file);
    } catch (const std::out_of_range&) {
        return std::nullopt;
    }
}

}  // namespace kmodpp::test

// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the reader of parameter tables and of the data that they point to.
#include "format/known_parameters.hpp"
#include "format/parameter_table.hpp"
#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

void fuzz_one(Bytes input) {
    SliceSource source(input);
    const auto image = elf::Image::parse(source);
    if (!image) return;
    const auto info = read_modinfo(*image);
    if (!info) return;
    const auto table = read_parameter_table(*image, *info);
    if (!table) return;
    std::size_t texts = 0;
    for (const ParameterEntry& entry : *table) {
        if (!entry.initial) continue;
        for (const std::string& text : *entry.initial) texts += text.size() + 1;
    }
    claim(texts <= kMaxInitialTexts, "initial values are bounded");
    const auto known = KnownParameters::of_file(*image, *info);
    claim(known.has_value(), "parameters are known if the table is readable");
    for (const ParameterEntry& entry : *table)
        claim(entry.name.empty() || known->find(entry.name) != nullptr,
              "every entry is a known parameter");
}

}  // namespace kmodpp::test

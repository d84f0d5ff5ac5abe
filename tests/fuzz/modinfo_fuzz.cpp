// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parsers of .modinfo and of modules.builtin.modinfo.
#include "format/modinfo.hpp"

#include <algorithm>
#include <string>

#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

namespace {

std::string written(const std::vector<InfoEntry>& entries) {
    std::string text;
    for (const InfoEntry& entry : entries) {
        text += entry.key;
        text += '=';
        text += entry.value;
        text += '\0';
    }
    return text;
}

void check_parameters(const std::vector<InfoEntry>& entries) {
    const auto parameters = collect_parameters(entries);
    std::size_t described = 0;
    for (const ParameterInfo& parameter : parameters) {
        const bool has_entry = std::ranges::any_of(entries, [&](const InfoEntry& entry) {
            return (entry.key == "parm" || entry.key == "parmtype") &&
                   entry.value.substr(0, entry.value.find(':')) == parameter.name;
        });
        claim(has_entry, "a parameter comes from an entry");
        described += static_cast<std::size_t>(std::ranges::count(
                         parameters, parameter.name, &ParameterInfo::name)) == 1;
    }
    claim(described == parameters.size(), "every parameter is listed once");
}

}  // namespace

void fuzz_one(Bytes input) {
    if (const auto entries = parse_modinfo(input)) {
        const std::string text = written(*entries);
        // An entry without '=' is written with one.
        claim(text.size() <= 2 * input.size(), "entries are no larger than the section");
        claim(collect_parameters(*entries).size() <= entries->size(),
              "there are no more parameters than entries");
        const auto again = parse_modinfo(as_bytes(text));
        claim(again && written(*again) == text,
              "entries are the same after writing and reading");
        // The comparison takes quadratic time.
        if (entries->size() < 64) check_parameters(*entries);
    }
    for (const BuiltinInfoEntry& entry : parse_builtin_modinfo(as_text(input)).entries)
        claim(!entry.module.empty() && !entry.module.contains('.'),
              "an entry of modules.builtin.modinfo names its module");
}

}  // namespace kmodpp::test

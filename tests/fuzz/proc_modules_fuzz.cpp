// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parser of /proc/modules.
#include "format/proc_modules.hpp"

#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

void fuzz_one(Bytes input) {
    const auto modules = parse_proc_modules(as_text(input));
    if (!modules) {
        claim(modules.error().message.starts_with("line "), "an error names its line");
        return;
    }
    std::string text;
    for (const LoadedModule& module : *modules) text += format_proc_modules_line(module);
    const auto again = parse_proc_modules(text);
    claim(again.has_value(), "the written list can be read");
    std::string same;
    for (const LoadedModule& module : *again) same += format_proc_modules_line(module);
    claim(same == text, "the written list is the same after reading");
}

}  // namespace kmodpp::test

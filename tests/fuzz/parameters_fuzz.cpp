// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the functions that split, check and show module parameters.
//
//   type NEWLINE parameters
#include "format/parameter_types.hpp"

#include <cerrno>

#include "base/text.hpp"
#include "catalog/parameter_check.hpp"
#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

namespace {

void check(std::string_view type, const Parameter& parameter) {
    for (const std::size_t long_size : {4u, 8u}) {
        const Status status = check_parameter(type, parameter, long_size);
        if (!status) {
            const int code = status.error().code;
            claim(code == EINVAL || code == ERANGE || code == ENOSPC,
                  "a refusal has one of the kernel's errnos");
            continue;
        }
        const Parameter shown{parameter.name, shown_parameter(type, parameter)};
        if (type.starts_with("array of ") || type == "charp" || type == "string")
            continue;
        claim(check_parameter(type, shown, long_size).has_value(),
              "a shown value is valid input");
        claim(shown_parameter(type, shown) == *shown.value,
              "a shown value is shown unchanged");
    }
}

}  // namespace

void fuzz_one(Bytes input) {
    Cutter cut(input);
    const std::string_view type = cut.line();
    const std::string_view text = cut.rest();
    const auto parameters = split_parameters(text);
    for (const Parameter& parameter : parameters) {
        claim(!parameter.name.empty() || text.contains('"'), "a word has a name");
        check(type, parameter);
    }
    const std::string debug = cat("debug:", type);
    const std::vector<InfoEntry> info = {{"parmtype", debug}, {"parmtype", "mode:int"}};
    const auto problems =
        check_parameters("module", text, KnownParameters::of_builtin(info));
    claim(problems.size() <= parameters.size(), "a parameter has at most one problem");
}

}  // namespace kmodpp::test

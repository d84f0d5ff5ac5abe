// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the kernel takes the parameters of a load, and what it shows of them.
#include <algorithm>
#include <cerrno>
#include <map>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/parameters.hpp"
#include "kernel/load_attempt.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

namespace {

/// Taken for every module, without being declared.
bool is_always_known(std::string_view name) {
    return name == "async_probe" || name == "dyndbg";
}

void remark_refusal(LoadAttempt& attempt, const Parameter& parameter, int code) {
    const std::string value = printable(parameter.value.value_or(""));
    const std::string name = printable(parameter.name);
    if (code == ENOSPC)
        attempt.remark(cat("'", value, "' too large for parameter '", name, "'"));
    else
        attempt.remark(cat("'", value, "' invalid for parameter '", name, "'"));
}

}  // namespace

Status check_parameters(LoadAttempt& attempt) {
    std::map<std::string, std::string_view> types;
    for (const ParameterInfo& known : collect_parameters(attempt.info))
        if (known.type) types.emplace(normalise_module_name(known.name), *known.type);

    std::map<std::string, std::string> shown;
    // The kernel goes on after a bad one; the last problem is what it returns.
    Status verdict;
    for (const Parameter& parameter : split_parameters(attempt.parameters)) {
        const std::string name = normalise_module_name(parameter.name);
        const auto type = types.find(name);
        if (type == types.end()) {
            if (!is_always_known(parameter.name))
                attempt.remark(
                    cat("unknown parameter '", printable(parameter.name), "' ignored"));
            continue;
        }
        const Status status =
            check_parameter(type->second, parameter, attempt.image->word_size());
        if (!status) {
            const int code = status.error().code;
            remark_refusal(attempt, parameter, code);
            verdict = attempt.refuse(code);
        } else if (is_entry_name(name)) {
            shown[name] = shown_parameter(type->second, parameter);
        }
    }
    if (!verdict) return verdict;
    attempt.module.parameters.assign(shown.begin(), shown.end());
    return {};
}

}  // namespace kmodpp::kernel

// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the kernel takes the parameters of a load, and what it shows of them (source:
// kernel/params.c).
#include <algorithm>
#include <cerrno>
#include <map>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/parameter_table.hpp"
#include "format/parameters.hpp"
#include "simulated/load_attempt.hpp"

namespace kmodpp::kernel {

namespace {

constexpr std::string_view kArrayPrefix = "array of ";
constexpr mode_t kModeBits = 0777;
constexpr mode_t kReadOnly = 0444;

/// A parameter of the module, by its .modinfo and its table.
struct Known {
    std::string_view type;  ///< empty: it has no parmtype
    std::optional<ParameterEntry> entry;
    std::optional<Parameter> given;

    [[nodiscard]] bool is_array() const { return type.starts_with(kArrayPrefix); }
};
using KnownParameters = std::map<std::string, Known>;

/// Taken for every module, without being declared.
bool is_always_known(std::string_view name) {
    return name == "async_probe" || name == "dyndbg";
}

std::vector<std::string> elements_of(std::string_view value) {
    std::vector<std::string> elements;
    for (bool more = true; more;) {
        more = value.contains(',');
        elements.emplace_back(take_until(value, ','));
    }
    return elements;
}

Result<KnownParameters> known_parameters(const LoadAttempt& attempt) {
    KnownParameters known;
    for (const ParameterInfo& info : collect_parameters(attempt.info))
        if (info.type) known[normalise_module_name(info.name)].type = *info.type;
    TRY_ASSIGN(auto table, read_parameter_table(*attempt.image, attempt.info));
    for (ParameterEntry& entry : table) {
        const std::string name = normalise_module_name(entry.name);
        if (!name.empty()) known[name].entry = std::move(entry);
    }
    return known;
}

/// Limits that only the table knows. 0 or the errno; says what the kernel says.
int check_limits(LoadAttempt& attempt, const Known& known, const Parameter& parameter) {
    if (!known.entry || !parameter.value) return 0;
    const std::string& value = *parameter.value;
    const ParameterEntry& entry = *known.entry;
    if (known.type == "string" && entry.max_size && value.size() + 1 > *entry.max_size) {
        attempt.say(cat(entry.name, ": string doesn't fit in ",
                        *entry.max_size > 0 ? *entry.max_size - 1 : 0, " chars."));
        return ENOSPC;
    }
    if (known.is_array() && entry.max_elements &&
        elements_of(value).size() > *entry.max_elements) {
        attempt.say(
            cat(entry.name, ": can only take ", *entry.max_elements, " arguments"));
        return EINVAL;
    }
    return 0;
}

int check_value(LoadAttempt& attempt, const Known& known, const Parameter& parameter) {
    const Status status =
        check_parameter(known.type, parameter, attempt.image->word_size());
    if (status) return check_limits(attempt, known, parameter);
    if (status.error().code == ENOSPC)
        attempt.say(cat(parameter.name, ": string parameter too long"));
    return status.error().code;
}

void remark_refusal(LoadAttempt& attempt, const Known& known, const Parameter& parameter,
                    int code) {
    std::string_view value =
        parameter.value ? std::string_view(*parameter.value) : std::string_view();
    // The kernel has cut it at the first comma by then.
    if (known.is_array()) value = value.substr(0, value.find(','));
    attempt.remark(cat("`", printable(value), "' ",
                       code == ENOSPC ? "too large" : "invalid", " for parameter `",
                       printable(parameter.name), "'"));
}

/// Without its newline.
std::string shown_text(const Known& known) {
    const auto& entry = known.entry;
    if (known.given && !known.is_array())
        return shown_parameter(known.type, *known.given);
    std::vector<std::string> elements;
    if (entry && entry->initial) elements = *entry->initial;
    if (known.given) {
        const auto given = elements_of(shown_parameter(known.type, *known.given));
        // What is not given keeps its place where the module does not count.
        if (!entry || entry->counts_elements || given.size() > elements.size())
            elements.clear();
        elements.resize(std::max(elements.size(), given.size()));
        std::ranges::copy(given, elements.begin());
    }
    std::string text;
    for (const std::string& element : elements) {
        if (!text.empty()) text += ',';
        text += element;
    }
    return text;
}

/// Those that have a file. A module without a table, as tests make them, has files for
/// what was given.
std::vector<NewModule::File> shown_files(const KnownParameters& parameters) {
    std::vector<NewModule::File> files;
    for (const auto& [name, known] : parameters) {
        const mode_t mode = known.entry   ? known.entry->perm & kModeBits
                            : known.given ? kReadOnly
                                          : 0;
        if (mode != 0 && is_entry_name(name))
            files.push_back({name, shown_text(known) + '\n', mode});
    }
    return files;
}

}  // namespace

Status check_parameters(LoadAttempt& attempt) {
    auto known = known_parameters(attempt);
    if (!known)
        return attempt.refuse(ENOEXEC, cat("invalid ELF: ", known.error().message));
    // The kernel goes on after a bad one; the last problem is what it returns.
    Status verdict;
    for (const Parameter& parameter : split_parameters(attempt.parameters)) {
        const auto found = known->find(normalise_module_name(parameter.name));
        if (found == known->end()) {
            if (!is_always_known(parameter.name))
                attempt.remark(
                    cat("unknown parameter '", printable(parameter.name), "' ignored"));
            continue;
        }
        if (const int code = check_value(attempt, found->second, parameter)) {
            remark_refusal(attempt, found->second, parameter, code);
            verdict = attempt.refuse(code);
        } else {
            found->second.given = parameter;
        }
    }
    if (!verdict) return verdict;
    if (const auto rest = text_after_dashes(attempt.parameters))
        attempt.remark(cat("parameters '", printable(*rest), "' after `--' ignored"));
    attempt.module.parameters = shown_files(*known);
    return {};
}

}  // namespace kmodpp::kernel

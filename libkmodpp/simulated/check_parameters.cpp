// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the parameters of a load, and creates their files in sysfs (source:
// kernel/params.c).
#include <algorithm>
#include <cerrno>
#include <map>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/known_parameters.hpp"
#include "format/parameter_types.hpp"
#include "simulated/load_attempt.hpp"

namespace kmodpp::kernel {

namespace {

constexpr mode_t kModeBits = 0777;
constexpr mode_t kReadOnly = 0444;

/// The parameters that were given and accepted.
using Given = std::map<const KnownParameter*, Parameter>;

std::vector<std::string> elements_of(std::string_view value) {
    std::vector<std::string> elements;
    for (bool more = true; more;) {
        more = value.contains(',');
        elements.emplace_back(take_until(value, ','));
    }
    return elements;
}

/// Logs that a value is too long, as the kernel does before it logs the refusal.
void log_limit(LoadAttempt& attempt, const KnownParameter& known,
               const Parameter& parameter, int code) {
    if (!parameter.value) return;
    if (known.type == "charp" && code == ENOSPC)
        attempt.log_line(cat(parameter.name, ": string parameter too long"));
    else if (known.is_too_long(*parameter.value))
        attempt.log_line(cat(known.entry->name, ": string doesn't fit in ",
                             std::max(*known.entry->max_size, 1u) - 1, " chars."));
    else if (code == EINVAL && known.has_too_many_elements(*parameter.value))
        attempt.log_line(cat(known.entry->name, ": can only take ",
                             *known.entry->max_elements, " arguments"));
}

/// The kernel's check for "NAME.dyndbg" cuts the name at its first dot.
void remark_unknown(LoadAttempt& attempt, std::string_view name) {
    attempt.remark(cat("unknown parameter '", printable(name.substr(0, name.find('.'))),
                       "' ignored"));
}

void remark_refusal(LoadAttempt& attempt, const KnownParameter& known,
                    const Parameter& parameter, int code) {
    std::string_view value =
        parameter.value ? std::string_view(*parameter.value) : std::string_view();
    // The kernel cuts the value at the first comma while it parses it.
    if (known.is_array()) value = value.substr(0, value.find(','));
    attempt.remark(cat("`", printable(value), "' ",
                       code == ENOSPC ? "too large" : "invalid", " for parameter `",
                       printable(parameter.name), "'"));
}

/// The contents of a parameter's file in sysfs, without the newline.
std::string shown_text(const KnownParameter& known, const Parameter* given) {
    const auto& entry = known.entry;
    if (given != nullptr && !known.is_array()) return shown_parameter(known.type, *given);
    std::vector<std::string> elements;
    if (entry && entry->initial) elements = *entry->initial;
    if (given != nullptr) {
        const auto values = elements_of(shown_parameter(known.type, *given));
        // If the module does not count the elements, others keep their initial value.
        if (!entry || entry->counts_elements || values.size() > elements.size())
            elements.clear();
        elements.resize(std::max(elements.size(), values.size()));
        std::ranges::copy(values, elements.begin());
    }
    std::string text;
    for (const std::string& element : elements) {
        if (!text.empty()) text += ',';
        text += element;
    }
    return text;
}

/// The parameters with a file in sysfs. If the module has no parameter table (in
/// tests), these are the given parameters.
std::vector<NewModule::File> shown_files(const KnownParameters& parameters,
                                         const Given& given) {
    std::vector<NewModule::File> files;
    for (const auto& [name, known] : parameters.all()) {
        const auto found = given.find(&known);
        const Parameter* const parameter =
            found == given.end() ? nullptr : &found->second;
        const mode_t mode = known.entry            ? known.entry->perm & kModeBits
                            : parameter != nullptr ? kReadOnly
                                                   : 0;
        if (mode != 0 && is_entry_name(name))
            files.push_back({name, shown_text(known, parameter) + '\n', mode});
    }
    return files;
}

}  // namespace

Status check_parameters(LoadAttempt& attempt) {
    const auto known = KnownParameters::of_file(*attempt.image, attempt.info);
    if (!known)
        return attempt.refuse(ENOEXEC, cat("invalid ELF: ", known.error().message));
    // The kernel continues after a bad parameter, and returns the error of the last
    // one.
    Status verdict;
    Given given;
    for (const Parameter& parameter : split_parameters(attempt.parameters)) {
        const KnownParameter* const found = known->find(parameter.name);
        if (found == nullptr) {
            if (!KnownParameters::is_common(parameter.name))
                remark_unknown(attempt, parameter.name);
            continue;
        }
        const Status taken = known->check(parameter);
        if (taken) {
            given.insert_or_assign(found, parameter);
            continue;
        }
        const int code = taken.error().code;
        log_limit(attempt, *found, parameter, code);
        remark_refusal(attempt, *found, parameter, code);
        verdict = attempt.refuse(code);
    }
    if (!verdict) return verdict;
    if (const auto rest = text_after_dashes(attempt.parameters))
        attempt.remark(cat("parameters '", printable(*rest), "' after `--' ignored"));
    attempt.module.parameters = shown_files(*known, given);
    return {};
}

}  // namespace kmodpp::kernel

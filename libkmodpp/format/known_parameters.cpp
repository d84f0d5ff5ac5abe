// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/known_parameters.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/names.hpp"
#include "base/nearest_word.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kDebugParameter = "dyndbg";
/// Maximum length of names and values in messages.
constexpr std::size_t kShown = 64;

std::unexpected<Error> reject(int code, std::string_view name, std::uint32_t limit,
                              std::string_view unit) {
    return fail(
        ErrorKind::malformed,
        cat("parameter ", printable(name), ": it accepts at most ", limit, " ", unit),
        code);
}

}  // namespace

bool KnownParameter::has_too_many_elements(std::string_view value) const {
    return is_array() && entry && entry->max_elements &&
           static_cast<std::uint64_t>(std::ranges::count(value, ',')) >=
               *entry->max_elements;
}

bool KnownParameter::is_too_long(std::string_view value) const {
    return type == "string" && entry && entry->max_size &&
           value.size() >= *entry->max_size;
}

Result<KnownParameters> KnownParameters::of_file(const elf::Image& image,
                                                 const std::vector<InfoEntry>& info) {
    KnownParameters known;
    known.long_size_ = image.word_size();
    TRY_ASSIGN(auto table, read_parameter_table(image, info));
    bool is_complete = !table.empty();
    for (ParameterEntry& entry : table) {
        std::string name = normalise_module_name(entry.name);
        if (name.empty()) {
            is_complete = false;
            continue;
        }
        KnownParameter parameter{.name = entry.name};
        parameter.entry = std::move(entry);
        // The kernel uses the first entry of a name.
        known.parameters_.try_emplace(std::move(name), std::move(parameter));
    }
    known.describe(info, !is_complete);
    return known;
}

KnownParameters KnownParameters::of_builtin(const std::vector<InfoEntry>& info) {
    KnownParameters known;
    known.may_have_more_ = true;
    known.describe(info, true);
    return known;
}

/// Adds the types and descriptions from .modinfo and, if \p may_add, the parameters that
/// only .modinfo lists.
void KnownParameters::describe(const std::vector<InfoEntry>& info, bool may_add) {
    for (const ParameterInfo& described : collect_parameters(info)) {
        std::string name = normalise_module_name(described.name);
        auto found = parameters_.find(name);
        if (found == parameters_.end()) {
            if (!may_add || name.empty()) continue;
            found = parameters_
                        .emplace(std::move(name),
                                 KnownParameter{.name = std::string(described.name)})
                        .first;
        }
        if (described.type && found->second.type.empty())
            found->second.type = *described.type;
        if (described.description && found->second.description.empty())
            found->second.description = *described.description;
    }
}

/// The kernel compares these names literally: '-' does not equal '_'.
bool KnownParameters::is_common(std::string_view name) {
    const std::size_t dot = name.find('.');
    return name == "async_probe" ||
           name.substr(dot == std::string_view::npos ? 0 : dot + 1) == kDebugParameter;
}

const KnownParameter* KnownParameters::find(std::string_view name) const {
    const auto found = parameters_.find(normalise_module_name(name));
    return found == parameters_.end() ? nullptr : &found->second;
}

Status KnownParameters::check(const Parameter& parameter) const {
    const KnownParameter* const known = find(parameter.name);
    if (known == nullptr) return {};
    TRY(check_parameter(known->type, parameter, long_size_));
    if (!parameter.value) return {};
    if (known->has_too_many_elements(*parameter.value))
        return reject(EINVAL, parameter.name, *known->entry->max_elements, "values");
    if (known->is_too_long(*parameter.value))
        return reject(ENOSPC, parameter.name, std::max(*known->entry->max_size, 1u) - 1,
                      "characters");
    return {};
}

std::optional<bool> KnownParameters::shows(const Parameter& given,
                                           std::string_view shown) const {
    const KnownParameter* const known = find(given.name);
    if (known == nullptr) return std::nullopt;
    const std::string expected = shown_parameter(known->type, given);
    if (shown == expected) return true;
    if (!is_standard_type(known->type)) {
        // Most drivers with their own type accept numbers in any base.
        constexpr std::string_view kNumber = "long";
        const bool is_number = check_parameter(kNumber, given, long_size_).has_value();
        if (is_number && shown_parameter(kNumber, given) == shown) return true;
        return std::nullopt;
    }
    // If the module does not count the elements that are given, the kernel shows the
    // whole array.
    const bool counts = known->entry && known->entry->counts_elements;
    return known->is_array() && !counts && shown.starts_with(cat(expected, ','));
}

/// The most similar parameter; for "MODULE.NAME", the form of the kernel command line,
/// it is NAME if that exists.
std::string KnownParameters::nearest(std::string_view module,
                                     std::string_view name) const {
    const std::size_t dot = name.find('.');
    if (dot != std::string_view::npos && same_module_name(name.substr(0, dot), module))
        if (const KnownParameter* const meant = find(name.substr(dot + 1)))
            return meant->name;
    const std::string normalised = normalise_module_name(name);
    NearestWord nearest(normalised);
    for (const auto& [known, parameter] : parameters_)
        nearest.offer(known, parameter.name);
    return nearest.result();
}

std::optional<ParameterProblem> KnownParameters::problem(
    std::string_view module, const Parameter& parameter) const {
    ParameterProblem problem;
    problem.module = module;
    problem.name = parameter.name;
    problem.value = parameter.value;
    const std::string subject = printable(module);
    if (const KnownParameter* const known = find(parameter.name)) {
        const Status taken = check(parameter);
        if (taken) return std::nullopt;
        problem.kind = ParameterProblem::Kind::bad_value;
        problem.type = known->type;
        problem.text = cat(subject, ": ", taken.error().message);
        if (known->is_array())
            problem.text += cat(" (", printable(known->type, kShown), ")");
        return problem;
    }
    if (is_common(parameter.name)) return std::nullopt;
    problem.kind = ParameterProblem::Kind::unknown;
    problem.nearest = nearest(module, parameter.name);
    const std::string name = printable(parameter.name, kShown);
    if (empty() && !may_have_more_)
        problem.text = cat(subject, " has no parameters: '", name, "' will be ignored");
    else
        problem.text = cat(subject, " has no parameter '", name, "': it will be ignored");
    if (!problem.nearest.empty())
        problem.text +=
            cat("; the nearest name is '", printable(problem.nearest, kShown), "'");
    return problem;
}

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/parameter_check.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/edit_distance.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "format/modprobe_config.hpp"
#include "format/parameters.hpp"

namespace kmodpp {

namespace {

/// Taken for every module, without being declared (source: kernel/module/main.c).
constexpr std::array<std::string_view, 2> kCoreParameters = {"async_probe", "dyndbg"};

bool is_core_parameter(std::string_view name) {
    return name.contains('.') ||
           std::ranges::find(kCoreParameters, name) != kCoreParameters.end();
}

/// The declared name that was meant, or empty. Of the shortest names every other one
/// would be near.
std::string nearest_name(std::string_view name,
                         const std::vector<DeclaredParameter>& declared) {
    constexpr std::size_t kShortest = 3;
    std::string_view nearest;
    std::size_t least = name.size() < kShortest ? 1 : likely_typos(name.size()) + 1;
    for (const DeclaredParameter& parameter : declared) {
        const std::size_t distance =
            edit_distance(name, normalise_module_name(parameter.name), least);
        if (distance >= least) continue;
        least = distance;
        nearest = parameter.name;
    }
    return std::string(nearest);
}

const DeclaredParameter* find_declared(std::string_view name,
                                       const std::vector<DeclaredParameter>& declared) {
    const auto found = std::ranges::find_if(declared, [&](const auto& parameter) {
        return same_module_name(parameter.name, name);
    });
    return found == declared.end() ? nullptr : &*found;
}

ParameterProblem unknown_parameter(std::string_view module, const Parameter& parameter,
                                   const std::vector<DeclaredParameter>& declared) {
    ParameterProblem problem;
    problem.name = parameter.name;
    problem.value = parameter.value;
    problem.module = module;
    problem.nearest = nearest_name(normalise_module_name(parameter.name), declared);
    const std::string name = printable(parameter.name, 64);
    if (declared.empty())
        problem.text = cat(module, " has no parameters: '", name, "' will be ignored");
    else
        problem.text = cat(module, " has no parameter '", name, "': it will be ignored");
    if (!problem.nearest.empty())
        problem.text += cat("; '", printable(problem.nearest, 64), "' is the nearest");
    return problem;
}

/// Parameters made with module_param_cb are not declared in .modinfo; the variables that
/// hold their names are in the symbol table.
bool has_undeclared(const elf::Image& image, std::string_view name) {
    constexpr std::string_view kNameVariable = "__param_str_";
    const auto symbols = image.symbols();
    if (!symbols) return true;
    return std::ranges::any_of(*symbols, [&](const elf::Symbol& symbol) {
        return symbol.name.starts_with(kNameVariable) &&
               same_module_name(symbol.name.substr(kNameVariable.size()), name);
    });
}

}  // namespace

std::vector<ParameterProblem> check_parameters(
    std::string_view module, std::string_view parameters,
    const std::vector<DeclaredParameter>& declared, std::size_t long_size) {
    std::vector<ParameterProblem> problems;
    for (const Parameter& parameter : split_parameters(parameters)) {
        const DeclaredParameter* const known = find_declared(parameter.name, declared);
        if (known == nullptr) {
            if (!is_core_parameter(parameter.name))
                problems.push_back(unknown_parameter(module, parameter, declared));
            continue;
        }
        const Status status = check_parameter(known->type, parameter, long_size);
        if (status) continue;
        ParameterProblem& problem = problems.emplace_back();
        problem.kind = ParameterProblem::Kind::bad_value;
        problem.module = module;
        problem.name = parameter.name;
        problem.value = parameter.value;
        problem.type = known->type;
        problem.text = cat(module, ": ", status.error().message);
        if (known->type.starts_with("array of "))
            problem.text += cat(" (", printable(known->type, 64), ")");
    }
    return problems;
}

std::vector<ParameterProblem> check_parameters(std::string_view module,
                                               std::string_view parameters,
                                               io::ModuleFile& file) {
    const auto image = elf::Image::parse(file);
    if (!image) return {};
    const auto info = read_modinfo(*image);
    if (!info) return {};
    std::vector<DeclaredParameter> declared;
    for (const ParameterInfo& parameter : collect_parameters(*info))
        declared.push_back({std::string(parameter.name),
                            std::string(parameter.type.value_or(std::string_view()))});
    auto problems = check_parameters(module, parameters, declared, image->word_size());
    std::erase_if(problems, [&](const ParameterProblem& problem) {
        return problem.kind == ParameterProblem::Kind::unknown &&
               has_undeclared(*image, problem.name);
    });
    return problems;
}

namespace {

/// Of a comment behind the options of a line: one problem in the place of one for each of
/// its words.
void join_comment(std::string_view module, const OptionSource& source,
                  std::vector<ParameterProblem>& problems) {
    const std::string_view comment = trailing_comment(source.text);
    if (comment.empty() || source.origin.line == 0) return;
    const auto words = split_parameters(comment);
    std::erase_if(problems, [&words](const ParameterProblem& problem) {
        return problem.kind == ParameterProblem::Kind::unknown &&
               std::ranges::any_of(words, [&problem](const Parameter& word) {
                   return word.name == problem.name && word.value == problem.value;
               });
    });
    ParameterProblem& problem = problems.emplace_back();
    problem.name = words.front().name;
    problem.value = words.front().value;
    problem.module = module;
    problem.text = cat(module, ": '", printable(comment, 64),
                       "' is passed as parameters; a comment needs a line of its own");
}

}  // namespace

std::vector<ParameterProblem> check_parameters(const Step& step, io::ModuleFile& file) {
    auto problems = check_parameters(step.module, step.options, file);
    for (const OptionSource& source : step.option_sources)
        join_comment(step.module, source, problems);
    for (ParameterProblem& problem : problems) {
        // Of several the last one counts.
        for (const OptionSource& source : step.option_sources)
            for (const Parameter& parameter : split_parameters(source.text))
                if (parameter.name == problem.name && parameter.value == problem.value)
                    problem.origin = source.origin;
        if (problem.origin.line > 0)
            problem.text += cat(" (", problem.origin.describe(), ")");
    }
    return problems;
}

std::vector<ParameterProblem> check_builtin_parameters(
    std::string_view module, std::string_view parameters,
    const std::vector<ParameterField>& declared) {
    std::vector<DeclaredParameter> names;
    for (const ParameterField& parameter : declared)
        names.push_back({parameter.name, {}});
    std::vector<ParameterProblem> problems;
    for (const Parameter& parameter : split_parameters(parameters)) {
        if (find_declared(parameter.name, names) == nullptr && !names.empty() &&
            !is_core_parameter(parameter.name)) {
            problems.push_back(unknown_parameter(module, parameter, names));
            continue;
        }
        ParameterProblem& problem = problems.emplace_back();
        problem.kind = ParameterProblem::Kind::builtin;
        problem.module = module;
        problem.name = parameter.name;
        problem.value = parameter.value;
        problem.text =
            cat(module, " is part of the kernel: '", printable(parameter.name, 64),
                "' can be set on the kernel command line only, as ", module, ".",
                printable(parameter.name, 64), parameter.value ? "=" : "",
                printable(parameter.value.value_or(""), 64));
    }
    return problems;
}

}  // namespace kmodpp

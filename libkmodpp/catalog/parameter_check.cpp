// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/parameter_check.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/modprobe_config.hpp"
#include "format/parameters.hpp"

namespace kmodpp {

namespace {

Result<KnownParameters> read_builtin(Catalog& catalog, std::string_view module) {
    const auto all = catalog.builtin_modinfo();
    if (!all && all.error().kind == ErrorKind::not_found)
        return KnownParameters::of_builtin({});
    if (!all) return std::unexpected(all.error());
    std::vector<InfoEntry> entries;
    for (const BuiltinInfoEntry& info : **all)
        if (same_module_name(info.module, module)) entries.push_back(info.info);
    return KnownParameters::of_builtin(entries);
}

Result<KnownParameters> read_file(io::ModuleFile& file) {
    TRY_ASSIGN(const auto image, elf::Image::parse(file));
    TRY_ASSIGN(const auto info, read_modinfo(image));
    return KnownParameters::of_file(image, info);
}

}  // namespace

Result<KnownParameters> read_known_parameters(Catalog& catalog,
                                              const std::string& module) {
    TRY_ASSIGN(const auto entry, catalog.find_module(module));
    if (!entry) return read_builtin(catalog, module);
    TRY_ASSIGN(auto file, io::ModuleFile::open(catalog.root(), entry->path));
    auto known = read_file(file);
    if (!known) return std::unexpected(within(std::move(known).error(), file.path()));
    return known;
}

std::vector<ParameterProblem> check_parameters(std::string_view module,
                                               std::string_view parameters,
                                               const KnownParameters& known) {
    std::vector<ParameterProblem> problems;
    for (const Parameter& parameter : split_parameters(parameters))
        if (auto problem = known.problem(module, parameter))
            problems.push_back(*std::move(problem));
    return problems;
}

std::vector<ParameterProblem> check_parameters(std::string_view module,
                                               std::string_view parameters,
                                               io::ModuleFile& file) {
    const auto known = read_file(file);
    if (!known) return {};
    return check_parameters(module, parameters, *known);
}

namespace {

/// A parameter as given: name and value.
using Given = std::pair<std::string, std::optional<std::string>>;

/// If a comment follows the options in a line, reports it as one problem instead of one
/// for each of its words.
void join_comment(std::string_view module, const OptionSource& source,
                  std::vector<ParameterProblem>& problems) {
    const std::string_view comment = trailing_comment(source.text);
    if (comment.empty() || source.origin.line == 0) return;
    const auto words = split_parameters(comment);
    std::set<Given> in_comment;
    for (const Parameter& word : words) in_comment.emplace(word.name, word.value);
    std::erase_if(problems, [&in_comment](const ParameterProblem& problem) {
        return problem.kind == ParameterProblem::Kind::unknown &&
               in_comment.contains({problem.name, problem.value});
    });
    ParameterProblem& problem = problems.emplace_back();
    problem.name = words.front().name;
    problem.value = words.front().value;
    problem.module = module;
    problem.text =
        cat(module, ": '", printable(comment, 64),
            "' is passed as parameters; a comment must be on a line of its own");
}

}  // namespace

std::vector<ParameterProblem> check_parameters(const Step& step,
                                               const KnownParameters& known) {
    auto problems = check_parameters(step.module, step.options, known);
    for (const OptionSource& source : step.option_sources)
        join_comment(step.module, source, problems);
    if (problems.empty()) return problems;
    // If a parameter is given several times, the last one takes effect.
    std::map<Given, const Origin*> origins;
    for (const OptionSource& source : step.option_sources)
        for (Parameter& parameter : split_parameters(source.text))
            origins[{std::move(parameter.name), std::move(parameter.value)}] =
                &source.origin;
    for (ParameterProblem& problem : problems) {
        const auto origin = origins.find({problem.name, problem.value});
        if (origin != origins.end()) problem.origin = *origin->second;
        if (problem.origin.line > 0)
            problem.text += cat(" (", problem.origin.describe(), ")");
    }
    return problems;
}

std::vector<ParameterProblem> check_parameters(const Step& step, io::ModuleFile& file) {
    const auto known = read_file(file);
    if (!known) return {};
    return check_parameters(step, *known);
}

std::vector<ParameterProblem> check_builtin_parameters(std::string_view module,
                                                       std::string_view parameters,
                                                       const KnownParameters& known) {
    std::vector<ParameterProblem> problems;
    for (const Parameter& parameter : split_parameters(parameters)) {
        auto unknown = known.problem(module, parameter);
        if (unknown && unknown->kind == ParameterProblem::Kind::unknown &&
            !known.empty()) {
            problems.push_back(*std::move(unknown));
            continue;
        }
        ParameterProblem& problem = problems.emplace_back();
        problem.kind = ParameterProblem::Kind::builtin;
        problem.module = module;
        problem.name = parameter.name;
        problem.value = parameter.value;
        problem.text =
            cat(module, " is built into the kernel: '", printable(parameter.name, 64),
                "' can only be set on the kernel command line, as ", module, ".",
                printable(parameter.name, 64), parameter.value ? "=" : "",
                printable(parameter.value.value_or(""), 64));
    }
    return problems;
}

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/depmod_config.hpp"

#include <regex.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

/// A short expression needs little memory, unless it has counted repetitions, which can
/// need any amount.
constexpr std::size_t kMaxExpression = 128;

struct FreeExpression {
    void operator()(regex_t* expression) const {
        ::regfree(expression);
        delete expression;
    }
};
using Expression = std::unique_ptr<regex_t, FreeExpression>;

/// Null if \p pattern is not a valid expression.
Expression compile(const std::string& pattern) {
    if (pattern.size() > kMaxExpression || pattern.contains('{')) return nullptr;
    auto expression = std::make_unique<regex_t>();
    if (::regcomp(expression.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
        return nullptr;
    return Expression(expression.release());
}

bool is_kernel(std::string_view pattern) {
    return pattern == "*" || compile(std::string(pattern)) != nullptr;
}

bool search_line(std::string_view rest, const Origin& origin, DepmodConfig& config) {
    const auto places = split_words(rest);
    for (const std::string_view place : places) {
        auto kind = SearchPlace::Kind::directory;
        if (place == "built-in") kind = SearchPlace::Kind::built_in;
        if (place == "external") kind = SearchPlace::Kind::external;
        config.search.push_back({kind, std::string(place), origin});
    }
    return !places.empty();
}

bool override_line(std::string_view rest, const Origin& origin, DepmodConfig& config) {
    const auto words = split_words(rest);
    if (words.size() < 3 || !is_kernel(words[1])) return false;
    config.overrides.push_back({normalise_module_name(words[0]), std::string(words[1]),
                                std::string(words[2]), origin});
    return true;
}

bool external_line(std::string_view rest, const Origin& origin, DepmodConfig& config) {
    const auto words = split_words(rest);
    if (words.size() < 2 || !is_kernel(words[0])) return false;
    for (std::size_t i = 1; i < words.size(); ++i)
        if (!words[i].starts_with('/')) return false;
    for (std::size_t i = 1; i < words.size(); ++i)
        config.externals.push_back(
            {std::string(words[0]), std::string(words[i]), origin});
    return true;
}

bool exclude_line(std::string_view rest, const Origin& origin, DepmodConfig& config) {
    const auto words = split_words(rest);
    for (const std::string_view name : words)
        config.excludes.push_back({std::string(name), origin});
    return !words.empty();
}

constexpr std::array<ConfigVerb<DepmodConfig>, 6> kDepmodVerbs = {{
    {"search", search_line, {}},
    {"override", override_line, {}},
    {"external", external_line, {}},
    {"exclude", exclude_line, {}},
    {"include", nullptr, "is not implemented"},
    {"make_map_files", nullptr, "is not implemented"},
}};

}  // namespace

bool kernel_matches(const std::string& pattern, const std::string& release) {
    if (pattern == "*") return true;
    const Expression expression = compile(pattern);
    return expression && ::regexec(expression.get(), release.c_str(), 0, nullptr, 0) == 0;
}

void parse_depmod_config(std::string_view text, const std::string& file,
                         DepmodConfig& config) {
    parse_config<DepmodConfig>(text, file, kDepmodVerbs, config);
}

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diagnose/config_check.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

#include "base/names.hpp"
#include "base/sort.hpp"
#include "base/text.hpp"
#include "base/wildcard.hpp"
#include "catalog/config_files.hpp"
#include "catalog/parameter_check.hpp"
#include "diagnose/dependents.hpp"
#include "diagnose/load_case.hpp"
#include "format/parameters.hpp"
#include "plan/resolver.hpp"
#include "plan/rules.hpp"

namespace kmodpp {

namespace {

/// In the order of the enumerators of FindingLevel and FindingKind.
constexpr std::array<std::string_view, 3> kLevels = {"error", "warning", "note"};
constexpr std::array<std::string_view, 10> kKinds = {
    "unreadable_file",   "masked_file", "bad_line",   "deprecated_verb", "unknown_module",
    "unknown_parameter", "bad_value",   "overridden", "no_effect",       "needed"};

/// Collects the messages that reading the configuration files produces.
class Remarks final : public MessageSink {
public:
    void message(Priority priority, std::string_view text) override {
        if (priority <= Priority::notice) list.emplace_back(priority, text);
    }
    std::vector<std::pair<Priority, std::string>> list;
};

class ConfigCheck {
public:
    explicit ConfigCheck(Catalog& catalog)
        : catalog_(catalog), config_(catalog.config()) {}

    Result<ConfigReport> run() {
        TRY_ASSIGN(const bool has_modules, catalog_.has(Database::dep));
        if (!has_modules)
            return fail(
                ErrorKind::not_found,
                cat(catalog_.display_directory(), "/", file_name(Database::dep),
                    " does not exist; run '", depmod_command(catalog_), "' to create it"),
                ENOENT);
        check_files();
        check_remarks();
        TRY(find_dependents());
        TRY(check_blacklist());
        TRY(check_forbid());
        TRY(check_commands(config_.install, "install"));
        TRY(check_commands(config_.remove, "remove"));
        TRY(check_aliases());
        TRY(check_options());
        TRY(check_softdeps());
        TRY(check_weakdeps());
        sort();
        return std::move(report_);
    }

private:
    using Level = FindingLevel;
    using Kind = FindingKind;

    void add(Level level, Kind kind, const Origin& origin, std::string text,
             std::string name = {}, std::string nearest = {}) {
        if (!nearest.empty()) text += cat("; the nearest name is '", nearest, "'");
        report_.findings.push_back(
            {level, kind, origin, std::move(text), std::move(name), std::move(nearest)});
    }

    /// True unless the line comes from modules.softdep or modules.weakdep.
    [[nodiscard]] bool is_from_administrator(const Origin& origin) const {
        return !origin.file.starts_with(cat(catalog_.display_directory(), "/"));
    }
    [[nodiscard]] static bool is_from_boot(const Origin& origin) {
        return origin.line == 0;
    }

    Result<NameClass> classify(const std::string& name) {
        return classify_name(catalog_, name);
    }

    /// \param consequence appended after "; "
    Status add_unknown(Level level, const Origin& origin, const std::string& name,
                       std::string_view consequence) {
        std::string nearest;
        if (level != Level::note) {
            TRY_ASSIGN(nearest, nearest_module(catalog_, name));
        }
        add(level, Kind::unknown_module, origin,
            cat("no module or alias '", printable(name), "' in this kernel",
                consequence.empty() ? "" : "; ", consequence),
            name, std::move(nearest));
        return {};
    }

    void check_files() {
        Remarks remarks;
        std::vector<MaskedFile> masked;
        const auto files =
            read_config_files(catalog_.config_root(), "modprobe.d",
                              catalog_.config_overrides(), remarks, &masked);
        report_.files = files.size();
        for (const ConfigFile& file : files) files_.push_back(file.path);
        for (auto& [priority, text] : remarks.list)
            add(priority == Priority::notice ? Level::warning : Level::error,
                Kind::unreadable_file, {}, std::move(text));
        for (const MaskedFile& file : masked)
            add(Level::note, Kind::masked_file, {file.path, 0},
                cat("not read: ", file.by, " has the same name and takes precedence"));
    }

    void check_remarks() {
        for (const ConfigRemark& remark : config_.remarks)
            add(remark.deprecated ? Level::warning : Level::error,
                remark.deprecated ? Kind::deprecated_verb : Kind::bad_line, remark.origin,
                remark.text);
    }

    using FirstRules = std::map<std::string_view, const Origin*>;

    /// Reports a blacklist or forbid line that repeats another one.
    /// \param word "blacklisted"
    void check_repeated(FirstRules& first, const auto& rule, std::string_view word) {
        const auto [known, is_new] = first.emplace(rule.module, &rule.origin);
        if (!is_new)
            add(Level::note, Kind::overridden, rule.origin,
                cat("'", rule.module, "' is already ", word, " in ",
                    known->second->describe()),
                rule.module);
    }

    /// Reports a blacklist or forbid line that does not name a module file.
    /// \param keyword "blacklist"
    /// \param if_builtin what the line does to a built-in module
    Result<NameClass> check_named(const auto& rule, std::string_view keyword,
                                  std::string_view if_builtin) {
        TRY_ASSIGN(const NameClass found, classify(rule.module));
        if (found == NameClass::builtin)
            add(Level::warning, Kind::no_effect, rule.origin,
                cat("'", rule.module, "' is built in: ", if_builtin), rule.module);
        else if (found == NameClass::alias)
            add(Level::warning, Kind::no_effect, rule.origin,
                cat("'", rule.module, "' is an alias: a ", keyword,
                    " line must name the module"),
                rule.module);
        else if (found == NameClass::unknown)
            TRY(add_unknown(Level::note, rule.origin, rule.module, {}));
        return found;
    }

    Status check_blacklist() {
        FirstRules first;
        for (const BlacklistRule& rule : config_.blacklist) {
            check_repeated(first, rule, "blacklisted");
            TRY_ASSIGN(
                const NameClass found,
                check_named(rule, "blacklist", "a blacklist line has no effect on it"));
            if (found == NameClass::module && !is_never_loaded(rule.module))
                add_dependents(rule);
        }
        return {};
    }

    [[nodiscard]] bool is_never_loaded(std::string_view module) const {
        const CommandRule* const install = command_for(config_.install, module);
        return forbid_for(config_, module) != nullptr ||
               (install != nullptr && only_prevents_load(install->command));
    }

    /// Finds the modules that need a blacklisted or forbidden module, or load it by its
    /// name.
    Status find_dependents() {
        std::set<std::string_view> listed;
        for (const BlacklistRule& rule : config_.blacklist) listed.insert(rule.module);
        for (const ForbidRule& rule : config_.forbid) listed.insert(rule.module);
        if (listed.empty()) return {};
        TRY_ASSIGN(needed_by_, dependents_of(catalog_, listed));
        const auto note_names = [&](const std::vector<std::string>& names,
                                    const Origin& origin) {
            for (const std::string& name : names)
                if (std::string module = normalise_module_name(name);
                    listed.contains(module))
                    named_in_[std::move(module)].push_back(origin.describe());
        };
        for (const SoftdepRule& rule : config_.softdeps) {
            const SoftdepNames names = rule.names();
            note_names(names.pre, rule.origin);
            note_names(names.post, rule.origin);
        }
        for (const WeakdepRule& rule : config_.weakdeps)
            note_names(rule.modules(), rule.origin);
        return {};
    }

    /// A blacklist line only applies to aliases.
    void add_dependents(const BlacklistRule& rule) {
        const auto needed_by = needed_by_.find(rule.module);
        const auto named_in = named_in_.find(rule.module);
        std::string why;
        if (needed_by != needed_by_.end())
            why = cat("needed by ", some_of(needed_by->second));
        if (named_in != named_in_.end())
            why +=
                cat(why.empty() ? "" : " and ", "named in ", some_of(named_in->second));
        if (why.empty()) return;
        add(Level::warning, Kind::needed, rule.origin,
            cat("'", rule.module, "' is ", why, ": it is loaded anyway; 'forbid ",
                rule.module, "' prevents that"),
            rule.module);
    }

    Status check_forbid() {
        FirstRules first;
        for (const ForbidRule& rule : config_.forbid) {
            check_repeated(first, rule, "forbidden");
            if (has_wildcard(rule.module)) continue;
            if (const auto named = check_named(
                    rule, "forbid",
                    "only initcall_blacklist= on the kernel command line keeps it from "
                    "starting");
                !named)
                return std::unexpected(named.error());
            if (const auto needed_by = needed_by_.find(rule.module);
                needed_by != needed_by_.end())
                add(Level::note, Kind::needed, rule.origin,
                    cat("'", rule.module, "' is needed by ", some_of(needed_by->second),
                        ", which cannot be loaded either"),
                    rule.module);
        }
        return {};
    }

    Status check_commands(const std::vector<CommandRule>& rules, std::string_view verb) {
        for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
            const ForbidRule* const forbid = forbid_for(config_, rule->module);
            if (&rules == &config_.install && forbid != nullptr)
                add(Level::warning, Kind::overridden, rule->origin,
                    cat("it never runs: ", forbidden_text(rule->module, *forbid)),
                    rule->module);
            const auto before =
                std::find_if(rules.begin(), rule, [&](const CommandRule& other) {
                    return other.module == rule->module ||
                           (!has_wildcard(rule->module) &&
                            wildcard_match(other.module, rule->module));
                });
            if (before != rule)
                add(Level::warning, Kind::overridden, rule->origin,
                    cat("it never runs: the ", verb, " line for '", before->module, "' (",
                        before->origin.describe(), ") takes precedence"),
                    rule->module);
            if (has_wildcard(rule->module)) continue;
            TRY_ASSIGN(const NameClass found, classify(rule->module));
            if (found == NameClass::builtin)
                add(Level::warning, Kind::no_effect, rule->origin,
                    cat("'", rule->module, "' is built in: the command never runs"),
                    rule->module);
            else if (found == NameClass::unknown)
                TRY(add_unknown(Level::note, rule->origin, rule->module,
                                "the command only runs for exactly that name"));
        }
        return {};
    }

    Status check_aliases() {
        std::map<std::pair<std::string_view, std::string_view>, const Origin*> first;
        for (const AliasRule& rule : config_.aliases) {
            const auto [known, is_new] = first.emplace(
                std::pair(std::string_view(rule.pattern), rule.module), &rule.origin);
            if (!is_new)
                add(Level::note, Kind::overridden, rule.origin,
                    cat("duplicate of ", known->second->describe()), rule.module);
            TRY_ASSIGN(const NameClass found, classify(rule.module));
            if (found == NameClass::alias)
                add(Level::warning, Kind::no_effect, rule.origin,
                    cat("'", rule.module,
                        "' is an alias itself: an alias must name a module"),
                    rule.module);
            else if (found == NameClass::unknown && !has_command(rule.module) &&
                     !is_off(rule.module))
                TRY(add_unknown(Level::warning, rule.origin, rule.module,
                                "the alias has no effect"));
        }
        return {};
    }

    /// An install command can replace a module that does not exist.
    [[nodiscard]] bool has_command(const std::string& name) const {
        return std::ranges::any_of(config_.install, [&](const CommandRule& rule) {
            return wildcard_match(rule.module, name);
        });
    }

    /// A parameter as written in a line of the configuration.
    struct Given {
        std::string text;
        const Origin* origin;
    };

    Status check_options() {
        std::map<std::string, Given, std::less<>> given;
        for (const OptionsRule& rule : config_.options) {
            const std::string_view comment = trailing_comment(rule.options);
            if (!comment.empty())
                add(Level::warning, Kind::bad_line, rule.origin,
                    cat("'", printable(comment, 64),
                        "' is passed as parameters; a comment must be on a line of its "
                        "own"),
                    rule.module);
            const auto parameters =
                split_parameters(std::string_view(rule.options)
                                     .substr(0, rule.options.size() - comment.size()));
            note_repeats(rule, parameters, given);
            TRY_ASSIGN(const NameClass found, classify(rule.module));
            const bool from_boot = is_from_boot(rule.origin);
            if (found == NameClass::unknown) {
                // Many words on the kernel command line are not about modules.
                if (!from_boot)
                    TRY(add_unknown(Level::warning, rule.origin, rule.module, {}));
                continue;
            }
            if (found == NameClass::builtin && !from_boot)
                add(Level::warning, Kind::no_effect, rule.origin,
                    cat("'", rule.module,
                        "' is built in: set its parameters on the kernel command line, "
                        "as ",
                        rule.module, ".PARAMETER=VALUE"),
                    rule.module);
            TRY(check_parameters_of(rule, parameters));
        }
        return {};
    }

    /// If a parameter is given several times, the last value counts.
    void note_repeats(const OptionsRule& rule, const std::vector<Parameter>& parameters,
                      std::map<std::string, Given, std::less<>>& given) {
        for (const Parameter& parameter : parameters) {
            const std::string name = normalise_module_name(parameter.name);
            // dyndbg is cumulative: every value takes effect.
            if (name == "dyndbg") continue;
            const Given now = {shown(parameter), &rule.origin};
            const auto [before, is_new] =
                given.try_emplace(cat(rule.module, ".", name), now);
            if (is_new) continue;
            if (before->second.text != now.text)
                add(is_from_boot(rule.origin) ? Level::note : Level::warning,
                    Kind::overridden, *before->second.origin,
                    cat(before->second.text, " is overridden by ", now.text, " (",
                        rule.origin.describe(), ")"),
                    parameter.name);
            before->second = now;
        }
    }

    static std::string shown(const Parameter& parameter) {
        return printable(parameter.value ? cat(parameter.name, "=", *parameter.value)
                                         : parameter.name);
    }

    /// An alias can match several modules; one of them must have the parameter.
    Status check_parameters_of(const OptionsRule& rule,
                               const std::vector<Parameter>& parameters) {
        TRY_ASSIGN(const auto modules, look_up(catalog_, rule.module));
        std::vector<KnownParameters> known;
        for (const NamedModule& module : modules) {
            auto one = read_known_parameters(catalog_, module.name);
            if (!one) {
                add(Level::error, Kind::unreadable_file, rule.origin, one.error().message,
                    module.name);
                return {};
            }
            known.push_back(*std::move(one));
        }
        for (const Parameter& parameter : parameters)
            check_parameter_of(rule, parameter, known);
        return {};
    }

    void check_parameter_of(const OptionsRule& rule, const Parameter& parameter,
                            const std::vector<KnownParameters>& known) {
        std::optional<ParameterProblem> worst;
        for (const KnownParameters& one : known) {
            auto problem = one.problem(rule.module, parameter);
            if (!problem) return;
            // A module that has the parameter gives a better message than one without.
            if (!worst || (worst->kind == ParameterProblem::Kind::unknown &&
                           (problem->kind != worst->kind || worst->nearest.empty())))
                worst = std::move(problem);
        }
        if (!worst) return;
        const bool unknown = worst->kind == ParameterProblem::Kind::unknown;
        const bool certain =
            !unknown || std::ranges::none_of(known, &KnownParameters::may_have_more);
        if (!certain && is_from_boot(rule.origin)) return;
        report_.findings.push_back({certain ? Level::error : Level::warning,
                                    unknown ? Kind::unknown_parameter : Kind::bad_value,
                                    rule.origin, std::move(worst->text), parameter.name,
                                    std::move(worst->nearest)});
    }

    Status check_softdeps() {
        for (const SoftdepRule& rule : config_.softdeps) {
            if (!is_from_administrator(rule.origin)) continue;
            TRY(check_subject(rule.module, rule.origin));
            const SoftdepNames names = rule.names();
            if (names.pre.empty() && names.post.empty())
                add(Level::warning, Kind::no_effect, rule.origin,
                    "no module follows 'pre:' or 'post:'", rule.module);
            TRY(check_targets(names.pre, rule.origin, Level::warning));
            TRY(check_targets(names.post, rule.origin, Level::warning));
        }
        return {};
    }

    Status check_weakdeps() {
        for (const WeakdepRule& rule : config_.weakdeps) {
            if (!is_from_administrator(rule.origin)) continue;
            TRY(check_subject(rule.module, rule.origin));
            TRY(check_targets(rule.modules(), rule.origin, Level::note));
        }
        return {};
    }

    /// Checks the module that a softdep or weakdep line is for.
    Status check_subject(const std::string& name, const Origin& origin) {
        if (has_wildcard(name)) return {};
        TRY_ASSIGN(const NameClass found, classify(name));
        if (found == NameClass::unknown) TRY(add_unknown(Level::note, origin, name, {}));
        return {};
    }

    Status check_targets(const std::vector<std::string>& names, const Origin& origin,
                         Level level) {
        for (const std::string& name : names) {
            TRY_ASSIGN(const auto found, look_up(catalog_, name));
            if (found.empty()) TRY(add_unknown(level, origin, name, {}));
        }
        return {};
    }

    void sort() {
        const auto position = [this](const ConfigFinding& finding) {
            const auto file = std::ranges::find(files_, finding.origin.file);
            return std::pair(file - files_.begin(), finding.origin.line);
        };
        sort_by(report_.findings, position);
    }

    Catalog& catalog_;
    const ModprobeConfig& config_;
    ConfigReport report_;
    Dependents needed_by_;  ///< of blacklisted and forbidden modules
    Dependents named_in_;   ///< softdep and weakdep lines with the name of such a module
    std::vector<std::string> files_;  ///< in the order in which they are read
};

}  // namespace

std::string_view to_string(FindingLevel level) {
    return kLevels[std::to_underlying(level)];
}

std::string_view to_string(FindingKind kind) { return kKinds[std::to_underlying(kind)]; }

Result<ConfigReport> check_config(Catalog& catalog) { return ConfigCheck(catalog).run(); }

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
// depmod: builds the databases of a module directory.
#include <sys/utsname.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include <kmodpp/depmod.hpp>

#include "cli/depmod_statistics.hpp"
#include "cli/programs.hpp"
#include "cli/progress.hpp"
#include "cli/system_options.hpp"
#include "cli/tool.hpp"
#include "cli/verification_view.hpp"

namespace kmodpp::cli {

namespace {

struct DepmodOptions : SystemOptions {
    bool all = false;
    bool quick = false;
    bool errsyms = false;
    bool show = false;
    std::optional<std::string> symbol_prefix;
    bool warn = false;
    std::optional<std::string> outdir;
    std::optional<std::string> moduledir;
    std::optional<std::string> symvers;
    std::optional<std::string> filesyms;
    std::optional<std::string> jobs;
    std::optional<std::string> cache;
    std::optional<std::string> statistics;
    bool strict = false;
    bool no_sync = false;
    bool verify = false;
};

constexpr auto kOptions = table_of<DepmodOptions>({
    {'a', "all", nullptr, "probe all modules (the default)", sets<&DepmodOptions::all>},
    {'A', "quick", nullptr, "do nothing if the databases are up to date",
     sets<&DepmodOptions::quick>},
    {'e', "errsyms", nullptr, "report unresolved symbols (needs -E or -F)",
     sets<&DepmodOptions::errsyms>},
    {'n', "show", nullptr, "print the text databases to stdout, write no files",
     sets<&DepmodOptions::show>},
    {0, "dry-run", nullptr, "same as --show", SameAs{"show"}},
    {'P', "symbol-prefix", "C", "ignore the character C at the start of symbols",
     sets<&DepmodOptions::symbol_prefix>},
    {'w', "warn", nullptr, "warn about duplicates and hidden modules",
     sets<&DepmodOptions::warn>},
    {'b', "basedir", "DIR", "use DIR as the root of the module directory",
     sets<&DepmodOptions::root>},
    kConfinedOption,
    {'o', "outdir", "DIR", "write the databases under DIR instead",
     sets<&DepmodOptions::outdir>},
    {'m', "moduledir", "DIR", "use DIR under the root instead of /lib/modules",
     sets<&DepmodOptions::moduledir>},
    {'C', "config", "PATH", "use PATH instead of the default depmod.d directories",
     sets<&DepmodOptions::config>},
    {'E', "symvers", "FILE", "use FILE as the Module.symvers of the kernel",
     sets<&DepmodOptions::symvers>},
    {'F', "filesyms", "FILE", "use FILE as the System.map of the kernel",
     sets<&DepmodOptions::filesyms>},
    {0, "jobs", "N", "inspect modules with N threads", sets<&DepmodOptions::jobs>},
    {0, "cache", "WHERE", "cache inspection results: auto, off or a file",
     sets<&DepmodOptions::cache>},
    {0, "statistics", "[=FORMAT]", "print counts and times, as text or json",
     sets<&DepmodOptions::statistics>},
    {0, "strict", nullptr, "fail if a module cannot be read",
     sets<&DepmodOptions::strict>},
    {0, "no-sync", nullptr, "do not wait until the files are on the disk",
     sets<&DepmodOptions::no_sync>},
    {0, "verify", nullptr, "check the signatures of the modules, write no files",
     sets<&DepmodOptions::verify>},
    {0, "trust", "PATH", "with --verify: trust only the certificates in PATH",
     sets<&DepmodOptions::trust>},
    {0, "json", nullptr, "with --verify: print JSON", sets<&DepmodOptions::json>},
    kColorOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
    {'u', "unresolved-error", nullptr, nullptr, NoEffect{}},
    {'q', "quiet", nullptr, nullptr, NoEffect{}},
    {'r', "root", nullptr, nullptr, NoEffect{}},
    {0, "map", nullptr, nullptr, NoEffect{}},
});

/// Whether the text begins with two numbers and a dot, as in "6.1", and contains no
/// slash.
bool is_release(const std::string& text) {
    std::size_t at = 0;
    const auto digits = [&] {
        const std::size_t from = at;
        while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])))
            ++at;
        return at > from;
    };
    if (!digits() || at >= text.size() || text[at++] != '.' || !digits()) return false;
    return text.find('/') == std::string::npos;
}

/// The operands: releases and module files.
struct Subjects {
    std::vector<std::string> releases;
    std::vector<std::string> files;
};

bool names_file(const std::string& operand) {
    return operand.starts_with('/') || operand.ends_with(".ko") ||
           operand.find(".ko.") != std::string::npos;
}

/// Prints an error and returns nullopt if the operands are invalid.
std::optional<Subjects> read_operands(const DepmodOptions& options, Messages& messages) {
    Subjects subjects;
    for (std::string operand : options.operands) {
        const bool is_file = names_file(operand);
        if (is_file && options.all) continue;
        if (operand.starts_with('/')) {
            subjects.files.push_back(std::move(operand));
            continue;
        }
        std::string release = operand;
        while (release.ends_with('/')) release.pop_back();
        if (is_file || !is_release(release)) {
            messages.error("Bad version passed " + operand);
            return std::nullopt;
        }
        subjects.releases.push_back(std::move(release));
    }
    if (subjects.releases.empty()) {
        utsname system;
        uname(&system);
        subjects.releases.emplace_back(system.release);
    }
    if (subjects.releases.size() > 1 && !subjects.files.empty()) {
        messages.error("module files can only be given for a single version");
        return std::nullopt;
    }
    return subjects;
}

struct StatisticsFormat {
    std::string_view name;
    std::string (*describe)(const DepmodReport&);
};
constexpr StatisticsFormat kFormats[] = {
    {"", statistics_as_text}, {"text", statistics_as_text}, {"json", statistics_as_json}};

const StatisticsFormat* find_format(std::string_view name) {
    const auto* const found = std::ranges::find(kFormats, name, &StatisticsFormat::name);
    return found == std::end(kFormats) ? nullptr : found;
}

/// Returns an error message if options conflict, else an empty string.
std::string option_conflict(const DepmodOptions& options) {
    if (!options.verify) {
        const char* const for_verify =
            first_given({{"trust", !options.trust.empty()}, {"json", options.json}});
        if (for_verify == nullptr) return {};
        return std::string("--") + for_verify + " can only be used with --verify.";
    }
    const char* const conflict =
        first_given({{"quick", options.quick},
                     {"show", options.show},
                     {"outdir", options.outdir.has_value()},
                     {"errsyms", options.errsyms},
                     {"warn", options.warn},
                     {"cache", options.cache.has_value()},
                     {"statistics", options.statistics.has_value()}});
    if (conflict == nullptr) return {};
    return std::string("--verify cannot be combined with --") + conflict + ".";
}

/// Calls `run` with a request that shows its progress.
template <class Run>
auto with_progress(DepmodRequest request, const char* what, Run run) {
    ProgressLine line(what);
    request.progress = [&line](std::size_t done, std::size_t all) {
        line.update(done, all);
    };
    return run(request);
}

/// Calls `use` with the request for each release, even if an earlier one has failed.
template <class Use>
void for_each_release(const DepmodRequest& request, const Subjects& subjects, Use use) {
    for (const std::string& release : subjects.releases) {
        DepmodRequest one = request;
        one.release = release;
        use(one);
    }
}

bool verify(const DepmodRequest& request, const Subjects& subjects,
            const DepmodOptions& options, Messages& messages) {
    VerdictPrinter printer(options, messages);
    for_each_release(request, subjects, [&](const DepmodRequest& one) {
        printer.show_tree(
            with_progress(one, "verifying modules", [&](const DepmodRequest& shown) {
                return verify_tree(shown, options.trust, messages);
            }));
    });
    return printer.finish();
}

/// Prints an error and returns false on failure.
bool build(const DepmodRequest& request, const StatisticsFormat* statistics,
           Messages& messages) {
    const auto report = with_progress(
        request, "inspecting modules",
        [&](const DepmodRequest& shown) { return run_depmod(shown, messages); });
    if (!report) {
        messages.report(report.error().kind == ErrorKind::conflict ? Priority::error
                                                                   : Priority::fatal,
                        report.error().message);
        return false;
    }
    for (const auto& [name, text] : report->texts) print(text);
    if (statistics != nullptr) print(statistics->describe(*report));
    return true;
}

int run(const DepmodOptions& options, Messages& messages) {
    if (const std::string conflict = option_conflict(options); !conflict.empty()) {
        messages.error(conflict);
        return kFailure;
    }
    const auto subjects = read_operands(options, messages);
    if (!subjects) return kFailure;
    DepmodRequest request;
    request.module_files = subjects->files;
    request.confined = options.confined;
    request.root = options.root.value_or("/");
    request.output_root = options.outdir;
    request.module_directory = options.moduledir.value_or("");
    request.config = options.config;
    request.symvers = options.symvers.value_or("");
    request.system_map = options.filesyms.value_or("");
    request.report_unknown_symbols = options.errsyms;
    request.warn_duplicates = options.warn;
    request.only_if_changed = options.quick;
    if (options.verbose)
        request.tell_need = [](std::string_view line) {
            print(line);
            print("\n");
        };
    request.dry_run = options.show;
    request.strict = options.strict;
    request.sync = !options.no_sync;
    if (const auto& prefix = options.symbol_prefix) {
        if (prefix->size() != 1) {
            messages.error("-P requires a single character, not '" + *prefix + "'");
            return kFailure;
        }
        request.symbol_prefix = prefix->front();
    }
    if (const auto& text = options.jobs) {
        const auto jobs = read_jobs(*text, messages);
        if (!jobs) return kFailure;
        request.jobs = *jobs;
    }
    if (const auto& where = options.cache; where == "off") {
        request.cache = InspectionCacheUse::off;
    } else if (where && where != "auto") {
        request.cache = InspectionCacheUse::file;
        request.cache_file = *where;
    }
    if (request.report_unknown_symbols && request.symvers.empty() &&
        request.system_map.empty())
        messages.warning("-e needs -E or -F");

    const auto& format = options.statistics;
    const auto* const describe = find_format(format.value_or(""));
    if (describe == nullptr) {
        messages.error("'" + *format +
                       "' is not a valid format for --statistics: expected text or json");
        return kFailure;
    }

    if (options.verify)
        return verify(request, *subjects, options, messages) ? kSuccess : kFailure;
    bool all_done = true;
    for_each_release(request, *subjects, [&](const DepmodRequest& one) {
        all_done = build(one, format ? describe : nullptr, messages) && all_done;
    });
    return all_done ? kSuccess : kFailure;
}

}  // namespace

const Tool kDepmod =
    tool_of("depmod", kDepmodSummary,
            "  depmod [options] [VERSION...] [MODULE-FILE...]\n"
            "  depmod [options] --verify [VERSION...] [MODULE-FILE...]\n",
            kOptions, runs<run>);

}  // namespace kmodpp::cli

int kmodpp_depmod(int argc, char** argv) {
    return kmodpp::cli::run_program(kmodpp::cli::kDepmod, argc, argv);
}

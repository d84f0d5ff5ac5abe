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
#include "cli/tool.hpp"
#include "cli/verification_view.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {'a', "all", nullptr, "probe all modules (the default)", nullptr},
    {'A', "quick", nullptr, "do nothing if the databases are up to date", nullptr},
    {'e', "errsyms", nullptr, "report unresolved symbols (needs -E or -F)", nullptr},
    {'n', "show", nullptr, "print the text databases to stdout, write no files", nullptr},
    {0, "dry-run", nullptr, "same as --show", "show"},
    {'P', "symbol-prefix", "C", "ignore the character C at the start of symbols",
     nullptr},
    {'w', "warn", nullptr, "warn about duplicates and hidden modules", nullptr},
    {'b', "basedir", "DIR", "use DIR as the root of the module directory", nullptr},
    kConfinedOption,
    {'o', "outdir", "DIR", "write the databases under DIR instead", nullptr},
    {'m', "moduledir", "DIR", "use DIR under the root instead of /lib/modules", nullptr},
    {'C', "config", "PATH", "use PATH instead of the default depmod.d directories",
     nullptr},
    {'E', "symvers", "FILE", "use FILE as the Module.symvers of the kernel", nullptr},
    {'F', "filesyms", "FILE", "use FILE as the System.map of the kernel", nullptr},
    {0, "jobs", "N", "inspect modules with N threads", nullptr},
    {0, "cache", "WHERE", "cache inspection results: auto, off or a file", nullptr},
    {0, "statistics", "[=FORMAT]", "print counts and times, as text or json", nullptr},
    {0, "strict", nullptr, "fail if a module cannot be read", nullptr},
    {0, "no-sync", nullptr, "do not wait until the files are on the disk", nullptr},
    {0, "verify", nullptr, "check the signatures of the modules, write no files",
     nullptr},
    {0, "trust", "PATH", "with --verify: trust only the certificates in PATH", nullptr},
    {0, "json", nullptr, "with --verify: print JSON", nullptr},
    kColorOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
    // Accepted for old scripts, no effect.
    {'u', "unresolved-error", nullptr, nullptr, nullptr},
    {'q', "quiet", nullptr, nullptr, nullptr},
    {'r', "root", nullptr, nullptr, nullptr},
    {0, "map", nullptr, nullptr, nullptr},
};

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
std::optional<Subjects> read_operands(const Arguments& arguments, Messages& messages) {
    Subjects subjects;
    for (std::string operand : arguments.operands()) {
        const bool is_file = names_file(operand);
        if (is_file && arguments.has("all")) continue;
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
std::string option_conflict(const Arguments& arguments) {
    if (!arguments.has("verify")) {
        for (const char* const option : {"trust", "json"})
            if (arguments.has(option))
                return std::string("--") + option + " can only be used with --verify.";
        return {};
    }
    for (const char* const option :
         {"quick", "show", "outdir", "errsyms", "warn", "cache", "statistics"})
        if (arguments.has(option))
            return std::string("--verify cannot be combined with --") + option + ".";
    return {};
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
            const Arguments& arguments, Messages& messages) {
    VerdictPrinter printer(arguments, messages);
    for_each_release(request, subjects, [&](const DepmodRequest& one) {
        printer.show_tree(
            with_progress(one, "verifying modules", [&](const DepmodRequest& shown) {
                return verify_tree(shown, arguments.values("trust"), messages);
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

int run(const Arguments& arguments, Messages& messages) {
    if (const std::string conflict = option_conflict(arguments); !conflict.empty()) {
        messages.error(conflict);
        return kFailure;
    }
    const auto subjects = read_operands(arguments, messages);
    if (!subjects) return kFailure;
    DepmodRequest request;
    request.module_files = subjects->files;
    request.confined = arguments.has("confined");
    request.root = arguments.value("basedir").value_or("/");
    request.output_root = arguments.value("outdir");
    request.module_directory = arguments.value("moduledir").value_or("");
    request.config = arguments.values("config");
    request.symvers = arguments.value("symvers").value_or("");
    request.system_map = arguments.value("filesyms").value_or("");
    request.report_unknown_symbols = arguments.has("errsyms");
    request.warn_duplicates = arguments.has("warn");
    request.only_if_changed = arguments.has("quick");
    if (arguments.has("verbose"))
        request.tell_need = [](std::string_view line) {
            print(line);
            print("\n");
        };
    request.dry_run = arguments.has("show");
    request.strict = arguments.has("strict");
    request.sync = !arguments.has("no-sync");
    if (const auto prefix = arguments.value("symbol-prefix")) {
        if (prefix->size() != 1) {
            messages.error("-P requires a single character, not '" + *prefix + "'");
            return kFailure;
        }
        request.symbol_prefix = prefix->front();
    }
    if (const auto text = arguments.value("jobs")) {
        const auto jobs = read_jobs(*text, messages);
        if (!jobs) return kFailure;
        request.jobs = *jobs;
    }
    if (const auto where = arguments.value("cache"); where == "off") {
        request.cache = InspectionCacheUse::off;
    } else if (where && where != "auto") {
        request.cache = InspectionCacheUse::file;
        request.cache_file = *where;
    }
    if (request.report_unknown_symbols && request.symvers.empty() &&
        request.system_map.empty())
        messages.warning("-e needs -E or -F");

    const auto format = arguments.value("statistics");
    const auto* const describe = find_format(format.value_or(""));
    if (describe == nullptr) {
        messages.error("'" + *format +
                       "' is not a valid format for --statistics: expected text or json");
        return kFailure;
    }

    if (arguments.has("verify"))
        return verify(request, *subjects, arguments, messages) ? kSuccess : kFailure;
    bool all_done = true;
    for_each_release(request, *subjects, [&](const DepmodRequest& one) {
        all_done = build(one, format ? describe : nullptr, messages) && all_done;
    });
    return all_done ? kSuccess : kFailure;
}

}  // namespace

const Tool kDepmod = {"depmod", kDepmodSummary,
                      "  depmod [options] [VERSION...] [MODULE-FILE...]\n"
                      "  depmod [options] --verify [VERSION...] [MODULE-FILE...]\n",
                      kOptions, run};

}  // namespace kmodpp::cli

int kmodpp_depmod(int argc, char** argv) {
    return kmodpp::cli::run_program(kmodpp::cli::kDepmod, argc, argv);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// depmod: builds the databases of a module directory.
#include <sys/utsname.h>

#include <algorithm>
#include <cctype>
#include <iterator>

#include <kmodpp/depmod.hpp>

#include "cli/depmod_statistics.hpp"
#include "cli/progress.hpp"
#include "cli/tool.hpp"
#include "cli/verification_view.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {'a', "all", nullptr, "probe all modules (the default)", nullptr},
    {'A', "quick", nullptr, "only when something has changed", nullptr},
    {'e', "errsyms", nullptr, "report symbols that nobody provides (needs -E or -F)",
     nullptr},
    {'n', "show", nullptr, "write the text databases to stdout, touch no file", nullptr},
    {0, "dry-run", nullptr, "the same", "show"},
    {'P', "symbol-prefix", "C", "skip the character C at the head of symbols", nullptr},
    {'w', "warn", nullptr, "warn of duplicates", nullptr},
    {'b', "basedir", "DIR", "use DIR as the root of the module directory", nullptr},
    {'o', "outdir", "DIR", "write beneath DIR instead", nullptr},
    {'m', "moduledir", "DIR", "the module directory beneath the root", nullptr},
    {'C', "config", "PATH", "use PATH instead of the default depmod.d list", nullptr},
    {'E', "symvers", "FILE", "Module.symvers of the kernel", nullptr},
    {'F', "filesyms", "FILE", "System.map of the kernel", nullptr},
    {0, "jobs", "N", "inspect modules on N threads", nullptr},
    {0, "cache", "WHERE", "remember inspections: auto, off or a file", nullptr},
    {0, "statistics", "[=FORMAT]", "tell what was done, as text or json", nullptr},
    {0, "strict", nullptr, "fail when a module cannot be read", nullptr},
    {0, "no-sync", nullptr, "do not wait until what was written is on the disk", nullptr},
    {0, "verify", nullptr, "check the signatures of the modules, and write nothing",
     nullptr},
    {0, "trust", "PATH", "with --verify: trust the certificates in PATH alone", nullptr},
    {0, "json", nullptr, "with --verify: print JSON", nullptr},
    kVerboseOption,
    kVersionOption,
    kHelpOption,
    // Of old scripts; without effect.
    {'u', "unresolved-error", nullptr, nullptr, nullptr},
    {'q', "quiet", nullptr, nullptr, nullptr},
    {'r', "root", nullptr, nullptr, nullptr},
    {0, "map", nullptr, nullptr, nullptr},
};

/// "6.1" and on: two numbers with a dot between, then anything but a path.
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

/// False, with a message, when the operands make no sense.
bool read_operands(const std::vector<std::string>& operands, DepmodRequest& request,
                   Messages& messages) {
    auto operand = operands.begin();
    if (operand != operands.end() && is_release(*operand)) {
        request.release = *operand++;
    } else {
        utsname system;
        uname(&system);
        request.release = system.release;
    }
    for (; operand != operands.end(); ++operand) {
        if (!operand->starts_with('/')) {
            messages.error("Bad version passed " + *operand);
            return false;
        }
        request.module_files.push_back(*operand);
    }
    return true;
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

/// Why the options do not go together; empty: they do.
std::string contradiction(const Arguments& arguments) {
    if (!arguments.has("verify")) {
        for (const char* const option : {"trust", "json"})
            if (arguments.has(option))
                return std::string("--") + option + " goes with --verify.";
        return {};
    }
    for (const char* const option :
         {"quick", "show", "outdir", "errsyms", "warn", "cache", "statistics"})
        if (arguments.has(option))
            return std::string("--verify builds no databases: there is no --") + option +
                   ".";
    return {};
}

/// Calls `run` with a request that shows how far it has come.
template <class Run>
auto with_progress(DepmodRequest request, const char* what, Run run) {
    ProgressLine line(what);
    request.progress = [&line](std::size_t done, std::size_t all) {
        line.update(done, all);
    };
    return run(request);
}

bool verify(const DepmodRequest& request, const Arguments& arguments,
            Messages& messages) {
    VerdictPrinter printer(arguments, messages);
    printer.show_tree(
        with_progress(request, "verifying modules", [&](const DepmodRequest& shown) {
            return verify_tree(shown, arguments.values("trust"), messages);
        }));
    return printer.finish();
}

int run(const Arguments& arguments, Messages& messages) {
    if (const std::string fault = contradiction(arguments); !fault.empty()) {
        messages.error(fault);
        return kFailure;
    }
    DepmodRequest request;
    if (!read_operands(arguments.operands(), request, messages)) return kFailure;
    request.base = arguments.value("basedir").value_or("/");
    request.output = arguments.value("outdir");
    request.module_directory = arguments.value("moduledir").value_or("");
    request.config = arguments.values("config");
    request.symvers = arguments.value("symvers").value_or("");
    request.system_map = arguments.value("filesyms").value_or("");
    request.report_unknown_symbols = arguments.has("errsyms");
    request.warn_duplicates = arguments.has("warn");
    request.only_if_changed = arguments.has("quick");
    if (arguments.has("all")) request.module_files.clear();
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
            messages.error("-P takes one character, not '" + *prefix + "'");
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
        if (where->empty()) {
            messages.error("--cache takes auto, off or the name of a file");
            return kFailure;
        }
        request.cache = InspectionCacheUse::file;
        request.cache_file = *where;
    }
    if (request.report_unknown_symbols && request.symvers.empty() &&
        request.system_map.empty())
        messages.warning("-e needs -E or -F");

    const auto format = arguments.value("statistics");
    const auto* const describe = find_format(format.value_or(""));
    if (describe == nullptr) {
        messages.error("--statistics takes text or json, not '" + *format + "'");
        return kFailure;
    }

    if (arguments.has("verify"))
        return verify(request, arguments, messages) ? kSuccess : kFailure;

    const auto report = with_progress(
        request, "inspecting modules",
        [&](const DepmodRequest& shown) { return run_depmod(shown, messages); });
    if (!report) {
        messages.say(report.error().kind == ErrorKind::conflict ? Priority::error
                                                                : Priority::fatal,
                     report.error().message);
        return kFailure;
    }
    for (const auto& [name, text] : report->texts) print(text);
    if (format) print(describe->describe(*report));
    return kSuccess;
}

}  // namespace

const Tool kDepmod = {"depmod", "build the databases of a module directory",
                      "  depmod [options] [VERSION] [MODULE-FILE...]\n"
                      "  depmod [options] --verify [VERSION] [MODULE-FILE...]\n",
                      kOptions, run};

}  // namespace kmodpp::cli

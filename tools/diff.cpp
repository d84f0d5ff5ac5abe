// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod diff: compares the modules of two kernel releases.
#include <kmodpp/context.hpp>

#include "cli/diff_view.hpp"
#include "cli/document.hpp"
#include "cli/progress.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

// As diff(1).
constexpr int kSame = 0;
constexpr int kDifferent = 1;
constexpr int kTrouble = 2;

constexpr Option kOptions[] = {
    {0, "only", "modules|devices|aliases|parameters|symbols|firmware",
     "compare only these; can be repeated", nullptr},
    {0, "summary", nullptr, "print only the numbers of differences", nullptr},
    kJsonOption,
    kColorOption,
    {'d', "dirname", "DIR", "use DIR as the root of the module directories", nullptr},
    kConfinedOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

/// The sections to compare. Prints an error and returns nullopt if one does not exist.
std::optional<DiffSections> read_sections(const Arguments& arguments,
                                          Messages& messages) {
    if (!arguments.has("only")) return DiffSections::all();
    DiffSections sections;
    for (const std::string& name : arguments.values("only")) {
        const auto section = diff_section(name);
        if (!section) {
            messages.error("'" + name +
                           "' is not valid for --only: expected modules, devices, "
                           "aliases, parameters, symbols or firmware");
            return std::nullopt;
        }
        sections.add(*section);
    }
    return sections;
}

int fail_with(const Error& error, const Arguments& arguments, Messages& messages) {
    report_failure(error, arguments, messages);
    return kTrouble;
}

Result<ReleaseDiff> compare(const Context& context,
                            const std::vector<std::string>& operands) {
    ProgressLine line("reading modules");
    return context.compare_releases(
        operands[0], operands[1],
        [&line](std::size_t done, std::size_t all) { line.update(done, all); });
}

void report_missing_symvers(const ComparedRelease& release, Messages& messages) {
    if (release.symvers.empty())
        messages.info(release.directory +
                      ": no Module.symvers was found: the symbols that the kernel itself "
                      "exports are not compared");
}

int run(const Arguments& arguments, Messages& messages) {
    const auto& operands = arguments.operands();
    if (operands.size() != 2) {
        messages.error("expected two releases or directories.");
        return kTrouble;
    }
    if (arguments.has("summary") && arguments.has("json")) {
        messages.error("--summary cannot be combined with --json.");
        return kTrouble;
    }
    const auto sections = read_sections(arguments, messages);
    if (!sections) return kTrouble;
    std::optional<std::string> release;
    // A simulated kernel with several releases may not have one of its own.
    if (!operands[0].contains('/')) release = operands[0];
    auto context = Context::create({.root = arguments.value("dirname").value_or("/"),
                                    .confined = arguments.has("confined"),
                                    .simulate = arguments.value("simulate"),
                                    .release = release,
                                    .config = {""}},
                                   messages);
    if (!context) return fail_with(context.error(), arguments, messages);
    auto diff = compare(*context, operands);
    if (!diff) return fail_with(diff.error(), arguments, messages);
    if (sections->has(DiffSection::symbols))
        for (const ComparedRelease* const side : {&diff->before, &diff->after})
            report_missing_symvers(*side, messages);
    keep_sections(*diff, *sections);
    if (arguments.has("json"))
        print(diff_as_json(*diff, *sections));
    else
        messages.print(diff_as_text(*diff, arguments.has("summary")));
    if (diff->before.unreadable + diff->after.unreadable > 0) return kTrouble;
    return has_differences(*diff) ? kDifferent : kSame;
}

}  // namespace

const Tool kDiff = {"diff",
                    "compare the modules of two kernel releases",
                    "  kmod diff [options] BEFORE AFTER\n",
                    kOptions,
                    run,
                    nullptr,
                    kTrouble};

}  // namespace kmodpp::cli

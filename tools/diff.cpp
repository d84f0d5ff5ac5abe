// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod diff: compares the modules of two kernel releases.
#include <kmodpp/context.hpp>

#include "cli/diff_view.hpp"
#include "cli/document.hpp"
#include "cli/progress.hpp"
#include "cli/system_options.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

// As diff(1).
constexpr int kSame = 0;
constexpr int kDifferent = 1;
constexpr int kTrouble = 2;

struct DiffOptions : SystemOptions {
    std::vector<std::string> only;
    bool summary = false;
};

constexpr auto kOptions = table_of<DiffOptions>({
    {0, "only", "modules|devices|aliases|parameters|symbols|firmware",
     "compare only these; can be repeated", sets<&DiffOptions::only>},
    {0, "summary", nullptr, "print only the numbers of differences",
     sets<&DiffOptions::summary>},
    kJsonOption,
    kColorOption,
    {'d', "dirname", "DIR", "use DIR as the root of the module directories",
     sets<&DiffOptions::root>},
    kConfinedOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

/// The sections to compare. Prints an error and returns nullopt if one does not exist.
std::optional<DiffSections> read_sections(const std::vector<std::string>& names,
                                          Messages& messages) {
    if (names.empty()) return DiffSections::all();
    DiffSections sections;
    for (const std::string& name : names) {
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

int fail_with(const Error& error, const DiffOptions& options, Messages& messages) {
    report_failure(error, options, messages);
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

int run(const DiffOptions& options, Messages& messages) {
    const auto& operands = options.operands;
    if (operands.size() != 2) {
        messages.error("expected two releases or directories.");
        return kTrouble;
    }
    if (options.summary && options.json) {
        messages.error("--summary cannot be combined with --json.");
        return kTrouble;
    }
    const auto sections = read_sections(options.only, messages);
    if (!sections) return kTrouble;
    ContextOptions selected = context_options_without_config(options);
    // A simulated kernel with several releases may not have one of its own.
    if (!operands[0].contains('/')) selected.release = operands[0];
    auto context = Context::create(selected, messages);
    if (!context) return fail_with(context.error(), options, messages);
    auto diff = compare(*context, operands);
    if (!diff) return fail_with(diff.error(), options, messages);
    if (sections->has(DiffSection::symbols))
        for (const ComparedRelease* const side : {&diff->before, &diff->after})
            report_missing_symvers(*side, messages);
    keep_sections(*diff, *sections);
    if (options.json)
        print(diff_as_json(*diff, *sections));
    else
        messages.print(diff_as_text(*diff, options.summary));
    if (diff->before.unreadable + diff->after.unreadable > 0) return kTrouble;
    return has_differences(*diff) ? kDifferent : kSame;
}

}  // namespace

const Tool kDiff = tool_of("diff", "compare the modules of two kernel releases",
                           "  kmod diff [options] BEFORE AFTER\n", kOptions, runs<run>,
                           nullptr, kTrouble);

}  // namespace kmodpp::cli

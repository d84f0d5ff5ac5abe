// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod firmware: shows which firmware files of modules are installed.
#include "cli/firmware_view.hpp"
#include "cli/report_command.hpp"

namespace kmodpp::cli {

namespace {

struct FirmwareOptions : SystemOptions {
    bool loaded = false;
    bool all = false;
    bool missing = false;
    bool check = false;
};

constexpr auto kOptions = table_of<FirmwareOptions>({
    {0, "loaded", nullptr, "show all loaded modules with firmware; this is the default",
     sets<&FirmwareOptions::loaded>},
    {0, "all", nullptr, "show all modules of the release with firmware",
     sets<&FirmwareOptions::all>},
    {0, "missing", nullptr, "show only files that are missing",
     sets<&FirmwareOptions::missing>},
    {0, "check", nullptr, "exit with 1 if a file is missing",
     sets<&FirmwareOptions::check>},
}, kReportRows);

/// Returns an error message if options conflict, else an empty string.
std::string option_conflict(const FirmwareOptions& options) {
    if (options.all && options.loaded) return "--all cannot be combined with --loaded.";
    if (!options.operands.empty() && options.all)
        return "--all cannot be combined with module names.";
    if (!options.operands.empty() && options.loaded)
        return "--loaded cannot be combined with module names.";
    return {};
}

Result<FirmwareReport> make_report(const Context& context,
                                   const FirmwareOptions& options) {
    if (!options.operands.empty()) return context.firmware(options.operands);
    return context.firmware(options.all ? FirmwareScope::all : FirmwareScope::loaded);
}

int run(const FirmwareOptions& options, Messages& messages) {
    if (const std::string conflict = option_conflict(options); !conflict.empty()) {
        messages.error(conflict);
        return kFailure;
    }
    const auto context = open_context(options, messages);
    if (!context) return kFailure;
    auto report = make_report(*context, options);
    if (!report) return report_failure(report.error(), options, messages);
    int status = kSuccess;
    for (const ModuleFirmware& module : report->modules) {
        if (!module.file_fault.empty()) {
            messages.error(module.file_fault);
            status = kFailure;
        }
        if (options.check && module.missing() != 0) status = kFailure;
    }
    if (options.missing) keep_missing(*report);
    if (options.json)
        print(firmware_as_json(*report));
    else
        messages.print(firmware_as_text(*report));
    return status;
}

}  // namespace

const Tool kFirmware =
    tool_of("firmware", "show which firmware files of modules are installed",
            "  kmod firmware [options] [MODULE...]\n"
            "  kmod firmware [options] --loaded|--all\n",
            kOptions, runs<run>);

}  // namespace kmodpp::cli

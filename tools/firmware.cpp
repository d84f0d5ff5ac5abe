// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod firmware: shows which firmware files of modules are installed.
#include "cli/firmware_view.hpp"
#include "cli/report_command.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {0, "loaded", nullptr, "show all loaded modules with firmware; this is the default",
     nullptr},
    {0, "all", nullptr, "show all modules of the release with firmware", nullptr},
    {0, "missing", nullptr, "show only files that are missing", nullptr},
    {0, "check", nullptr, "exit with 1 if a file is missing", nullptr},
    kJsonOption,
    kColorOption,
    kConfigOption,
    kDirnameOption,
    kConfinedOption,
    kSetVersionOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

/// Returns an error message if options conflict, else an empty string.
std::string option_conflict(const Arguments& arguments) {
    if (arguments.has("all") && arguments.has("loaded"))
        return "--all cannot be combined with --loaded.";
    if (!arguments.operands().empty() && arguments.has("all"))
        return "--all cannot be combined with module names.";
    if (!arguments.operands().empty() && arguments.has("loaded"))
        return "--loaded cannot be combined with module names.";
    return {};
}

Result<FirmwareReport> make_report(const Context& context, const Arguments& arguments) {
    if (!arguments.operands().empty()) return context.firmware(arguments.operands());
    return context.firmware(arguments.has("all") ? FirmwareScope::all
                                                 : FirmwareScope::loaded);
}

int run(const Arguments& arguments, Messages& messages) {
    if (const std::string conflict = option_conflict(arguments); !conflict.empty()) {
        messages.error(conflict);
        return kFailure;
    }
    const auto context = open_context(arguments, messages);
    if (!context) return kFailure;
    auto report = make_report(*context, arguments);
    if (!report) return report_failure(report.error(), arguments, messages);
    int status = kSuccess;
    for (const ModuleFirmware& module : report->modules) {
        if (!module.file_fault.empty()) {
            messages.error(module.file_fault);
            status = kFailure;
        }
        if (arguments.has("check") && module.missing() != 0) status = kFailure;
    }
    if (arguments.has("missing")) keep_missing(*report);
    if (arguments.has("json"))
        print(firmware_as_json(*report));
    else
        messages.print(firmware_as_text(*report));
    return status;
}

}  // namespace

const Tool kFirmware = {"firmware", "show which firmware files of modules are installed",
                        "  kmod firmware [options] [MODULE...]\n"
                        "  kmod firmware [options] --loaded|--all\n",
                        kOptions, run};

}  // namespace kmodpp::cli

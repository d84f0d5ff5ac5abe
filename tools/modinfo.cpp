// SPDX-License-Identifier: LGPL-2.1-or-later
// modinfo: prints information from module files, and checks their signatures.
#include <kmodpp/context.hpp>

#include "cli/array_printer.hpp"
#include "cli/document.hpp"
#include "cli/module_report.hpp"
#include "cli/system_options.hpp"
#include "cli/terminal.hpp"
#include "cli/tool.hpp"
#include "cli/verify_modules.hpp"

namespace kmodpp::cli {

namespace {

struct ModinfoOptions : SystemOptions {
    std::optional<std::string> field;  ///< the last one given; nullopt: all fields
    bool null = false;
    bool modname = false;
    bool verify = false;
    bool all = false;
};

constexpr auto kOptions = table_of<ModinfoOptions>({
    {'a', "author", nullptr, "print only 'author'",
     sets_to<&ModinfoOptions::field, "author">},
    {'d', "description", nullptr, "print only 'description'",
     sets_to<&ModinfoOptions::field, "description">},
    {'l', "license", nullptr, "print only 'license'",
     sets_to<&ModinfoOptions::field, "license">},
    {'p', "parameters", nullptr, "print only the parameters",
     sets_to<&ModinfoOptions::field, "parm">},
    {'n', "filename", nullptr, "print only 'filename'",
     sets_to<&ModinfoOptions::field, "filename">},
    {'0', "null", nullptr, "end records with NUL instead of newline",
     sets<&ModinfoOptions::null>},
    {'m', "modname", nullptr, "treat operands as module names, not as aliases or files",
     sets<&ModinfoOptions::modname>},
    {0, "verify", nullptr, "check signatures and show the signers",
     sets<&ModinfoOptions::verify>},
    {0, "all", nullptr, "with --verify: check all modules of the release",
     sets<&ModinfoOptions::all>},
    {0, "trust", "PATH", "with --verify: trust only the certificates in PATH",
     sets<&ModinfoOptions::trust>},
    kJsonOption,
    kColorOption,
    {'F', "field", "FIELD", "print only the values of FIELD",
     sets<&ModinfoOptions::field>},
    {'k', "set-version", "VERSION", "use VERSION instead of `uname -r`",
     sets<&ModinfoOptions::release>},
    {'b', "basedir", "DIR", "use DIR as the root of the module directory",
     sets<&ModinfoOptions::root>},
    kConfinedOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});

/// Returns an error message if options conflict, else an empty string.
std::string option_conflict(const ModinfoOptions& options) {
    const char* const for_verify =
        first_given({{"all", options.all}, {"trust", !options.trust.empty()}});
    if (for_verify != nullptr && !options.verify)
        return std::string("--") + for_verify + " can only be used with --verify.";
    if (options.all && !options.operands.empty())
        return "--all cannot be combined with module names.";
    if (options.verify && (options.field || options.null))
        return "--verify cannot be combined with --null or an option that selects a "
               "field.";
    if (!options.json) return {};
    if (options.field)
        return "--json cannot be combined with an option that selects a field.";
    if (options.null) return "--json cannot be combined with --null.";
    return {};
}

/// Prints modules one by one, because there may be thousands.
class Printer {
public:
    explicit Printer(const ModinfoOptions& options) : json_(options.json) {
        form_.field = options.field;
        form_.null = options.null;
        form_.terminal = !form_.null && stdout_is_terminal();
    }

    void show(const ModuleInfo& info) {
        if (!json_ && form_.null) return print_bytes(report_as_text(info, form_));
        if (!json_) return print(report_as_text(info, form_));
        array_.element(report_as_json(info, form_.terminal));
    }

    void finish() {
        if (json_) array_.finish();
    }

private:
    ReportForm form_;
    bool json_;
    ArrayPrinter array_;
};

int run(const ModinfoOptions& options, Messages& messages) {
    if (options.operands.empty() && !options.all) {
        messages.error("missing module or filename.");
        return kFailure;
    }
    if (const std::string conflict = option_conflict(options); !conflict.empty()) {
        messages.error(conflict);
        return kFailure;
    }
    const NameKind kind = options.modname ? NameKind::name_only : NameKind::file_or_name;

    // No configuration, so that an alias line cannot redirect a script to another
    // module.
    auto context = Context::create(context_options_without_config(options), messages);
    if (!context)
        return report_failure(context.error(), options, messages, Priority::fatal);
    if (options.verify)
        return verify_modules(options, options.all, kind, *context, messages) ? kSuccess
                                                                              : kFailure;
    Printer printer(options);
    int status = kSuccess;
    for (const std::string& operand : options.operands) {
        const auto infos = context->describe(operand, kind);
        if (!infos) {
            messages.error(infos.error().message);
            status = kFailure;
            continue;
        }
        for (const ModuleInfo& info : *infos) {
            if (!info.signature_fault.empty())
                messages.warning(info.filename + ": " + info.signature_fault);
            printer.show(info);
        }
    }
    printer.finish();
    return status;
}

}  // namespace

const Tool kModinfo = tool_of("modinfo", "show information about kernel modules",
                              "  modinfo [options] MODULE|FILE...\n"
                              "  modinfo [options] --verify MODULE|FILE...\n"
                              "  modinfo [options] --verify --all\n",
                              kOptions, runs<run>);

}  // namespace kmodpp::cli

// SPDX-License-Identifier: LGPL-2.1-or-later
// modinfo: prints information from module files, and checks their signatures.
#include <array>

#include <kmodpp/context.hpp>

#include "cli/array_printer.hpp"
#include "cli/document.hpp"
#include "cli/module_report.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "cli/tool.hpp"
#include "cli/verification_view.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {'a', "author", nullptr, "print only 'author'", nullptr},
    {'d', "description", nullptr, "print only 'description'", nullptr},
    {'l', "license", nullptr, "print only 'license'", nullptr},
    {'p', "parameters", nullptr, "print only the parameters", nullptr},
    {'n', "filename", nullptr, "print only 'filename'", nullptr},
    {'0', "null", nullptr, "end records with NUL instead of newline", nullptr},
    {'m', "modname", nullptr, "treat operands as module names, not as aliases or files",
     nullptr},
    {0, "verify", nullptr, "check signatures and show the signers", nullptr},
    {0, "all", nullptr, "with --verify: check all modules of the release", nullptr},
    {0, "trust", "PATH", "with --verify: trust only the certificates in PATH", nullptr},
    kJsonOption,
    kColorOption,
    {'F', "field", "FIELD", "print only the values of FIELD", nullptr},
    {'k', "set-version", "VERSION", "use VERSION instead of `uname -r`", nullptr},
    {'b', "basedir", "DIR", "use DIR as the root of the module directory", nullptr},
    kConfinedOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

/// An option that selects a field.
struct FieldOption {
    std::string_view option;
    std::string_view field;
};
constexpr std::array<FieldOption, 5> kFieldOptions = {{
    {"author", "author"},
    {"description", "description"},
    {"license", "license"},
    {"parameters", "parm"},
    {"filename", "filename"},
}};
constexpr std::array<std::string_view, 6> kSelectingOptions = {
    "author", "description", "license", "parameters", "filename", "field"};

/// The selected field; the last option takes precedence. nullopt: all fields.
std::optional<std::string> chosen_field(const Arguments& arguments) {
    const std::string_view last = arguments.last_of(kSelectingOptions);
    if (last.empty()) return std::nullopt;
    for (const auto& [option, field] : kFieldOptions)
        if (last == option) return std::string(field);
    return arguments.value("field");
}

/// Returns an error message if options conflict, else an empty string.
std::string option_conflict(const Arguments& arguments) {
    const bool verify = arguments.has("verify");
    for (const char* const option : {"all", "trust"})
        if (arguments.has(option) && !verify)
            return std::string("--") + option + " can only be used with --verify.";
    if (arguments.has("all") && !arguments.operands().empty())
        return "--all cannot be combined with module names.";
    if (verify && (chosen_field(arguments) || arguments.has("null")))
        return "--verify cannot be combined with --null or an option that selects a "
               "field.";
    if (!arguments.has("json")) return {};
    if (chosen_field(arguments))
        return "--json cannot be combined with an option that selects a field.";
    if (arguments.has("null")) return "--json cannot be combined with --null.";
    return {};
}

/// Prints modules one by one, because there may be thousands.
class Printer {
public:
    explicit Printer(const Arguments& arguments) : json_(arguments.has("json")) {
        form_.field = chosen_field(arguments);
        form_.null = arguments.has("null");
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

/// Prints the verdict of each module, or a summary with --all. Returns false if a
/// module is not trusted.
bool verify(const Arguments& arguments, Messages& messages, const Context& context) {
    VerdictPrinter printer(arguments, messages);
    if (arguments.has("all")) {
        const auto modules = [&] {
            ProgressLine line("verifying modules");
            return context.verify_all(
                [&line](std::size_t done, std::size_t all) { line.update(done, all); });
        }();
        printer.show_tree(modules);
    }
    const NameKind kind =
        arguments.has("modname") ? NameKind::name_only : NameKind::file_or_name;
    for (const std::string& operand : arguments.operands())
        printer.show(context.verify(operand, kind));
    return printer.finish();
}

int run(const Arguments& arguments, Messages& messages) {
    if (arguments.operands().empty() && !arguments.has("all")) {
        messages.error("missing module or filename.");
        return kFailure;
    }
    if (const std::string conflict = option_conflict(arguments); !conflict.empty()) {
        messages.error(conflict);
        return kFailure;
    }
    const NameKind kind =
        arguments.has("modname") ? NameKind::name_only : NameKind::file_or_name;

    // No configuration, so that an alias line cannot redirect a script to another
    // module.
    auto context = Context::create({.root = arguments.value("basedir").value_or("/"),
                                    .confined = arguments.has("confined"),
                                    .simulate = arguments.value("simulate"),
                                    .release = arguments.value("set-version"),
                                    .config = {""},
                                    .trust = arguments.values("trust")},
                                   messages);
    if (!context)
        return report_failure(context.error(), arguments, messages, Priority::fatal);
    if (arguments.has("verify"))
        return verify(arguments, messages, *context) ? kSuccess : kFailure;
    Printer printer(arguments);
    int status = kSuccess;
    for (const std::string& operand : arguments.operands()) {
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

const Tool kModinfo = {"modinfo", "show information about kernel modules",
                       "  modinfo [options] MODULE|FILE...\n"
                       "  modinfo [options] --verify MODULE|FILE...\n"
                       "  modinfo [options] --verify --all\n",
                       kOptions, run};

}  // namespace kmodpp::cli

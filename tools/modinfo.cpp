// SPDX-License-Identifier: LGPL-2.1-or-later
// modinfo: what modules say of themselves.
#include <array>

#include <kmodpp/context.hpp>

#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {'a', "author", nullptr, "print only 'author'", nullptr},
    {'d', "description", nullptr, "print only 'description'", nullptr},
    {'l', "license", nullptr, "print only 'license'", nullptr},
    {'p', "parameters", nullptr, "print only the parameters", nullptr},
    {'n', "filename", nullptr, "print only 'filename'", nullptr},
    {'0', "null", nullptr, "end records with NUL instead of newline", nullptr},
    {'m', "modname", nullptr, "operands are module names, neither aliases nor files",
     nullptr},
    {'F', "field", "FIELD", "print only the values of FIELD", nullptr},
    {'k', "set-version", "VERSION", "use VERSION instead of `uname -r`", nullptr},
    {'b', "basedir", "DIR", "use DIR as the root of the module directory", nullptr},
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

/// Short options that stand for a field.
constexpr std::array<std::array<const char*, 2>, 5> kFieldOptions = {{
    {"author", "author"},
    {"description", "description"},
    {"license", "license"},
    {"parameters", "parm"},
    {"filename", "filename"},
}};

/// Bytes as upper-case hexadecimal pairs, twenty to a line.
std::string hex_bytes(const std::string& bytes) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    constexpr std::size_t kPerLine = 20;
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        text += kDigits[byte >> 4];
        text += kDigits[byte & 0xf];
        if (i + 1 == bytes.size()) break;
        text += ':';
        if ((i + 1) % kPerLine == 0) text += "\n\t\t";
    }
    return text;
}

/// One printed record. `padded` records keep the aligned form even between NULs, which
/// initramfs builders read.
struct Record {
    std::string key;
    std::string value;
    bool padded = false;
};

std::string parameter_text(const ParameterField& parameter, bool alone) {
    std::string text = parameter.name + ":" + parameter.description.value_or("");
    if (!parameter.type) return text;
    if (parameter.description || alone) return text + " (" + *parameter.type + ")";
    return text + *parameter.type;
}

/// Everything that is said of a module, in the order in which it is printed.
std::vector<Record> records_of(const ModuleInfo& info, bool parameters_alone) {
    std::vector<Record> records;
    if (info.builtin) records.push_back({"name", info.name, true});
    records.push_back({"filename", info.filename, true});
    for (const InfoField& field : info.fields)
        records.push_back({field.key, field.value});
    if (info.signature) {
        const SignatureField& signature = *info.signature;
        records.push_back({"sig_id", signature.id});
        records.push_back({"signer", signature.signer});
        records.push_back({"sig_key", hex_bytes(signature.key_id)});
        records.push_back({"sig_hashalgo", signature.hash});
        records.push_back({"signature", hex_bytes(signature.signature)});
    }
    for (auto parameter = info.parameters.rbegin(); parameter != info.parameters.rend();
         ++parameter)
        records.push_back({"parm", parameter_text(*parameter, parameters_alone), true});
    return records;
}

void show(const ModuleInfo& info, const std::string& field, char end) {
    // The parameters alone are printed in a form of their own.
    for (const Record& record : records_of(info, field == "parm")) {
        if (!field.empty()) {
            if (record.key == field) print(record.value + end);
        } else if (end == '\0' && !record.padded) {
            print(record.key + "=" + record.value + end);
        } else {
            std::string line = record.key + ":";
            line.resize(std::max<std::size_t>(line.size(), 16), ' ');
            print(line + record.value + end);
        }
    }
}

int run(const Arguments& arguments, Messages& messages) {
    if (arguments.operands().empty()) {
        messages.error("missing module or filename.");
        return kFailure;
    }
    std::string field = arguments.value("field").value_or("");
    for (const auto& [option, name] : kFieldOptions)
        if (arguments.has(option)) field = name;
    const char end = arguments.has("null") ? '\0' : '\n';
    const NameKind kind =
        arguments.has("modname") ? NameKind::name_only : NameKind::file_or_name;

    auto context = Context::create({.root = arguments.value("basedir").value_or("/"),
                                    .simulate = arguments.value("simulate"),
                                    .release = arguments.value("set-version")},
                                   messages);
    if (!context) {
        messages.fatal(context.error().message);
        return kFailure;
    }
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
            show(info, field, end);
        }
    }
    return status;
}

}  // namespace

const Tool kModinfo = {"modinfo", "show information about kernel modules",
                       "  modinfo [options] MODULE|FILE...\n", kOptions, run};

}  // namespace kmodpp::cli

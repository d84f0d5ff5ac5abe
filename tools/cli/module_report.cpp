// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/module_report.hpp"

#include <algorithm>
#include <vector>

#include "cli/hex.hpp"
#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

/// Bytes as upper-case hexadecimal pairs, twenty to a line.
std::string hex_bytes(const std::string& bytes) {
    constexpr std::size_t kPerLine = 20;
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        append_hex(text, bytes[i], kUpperHexDigits);
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

/// \param is_selected only the parameters are printed: their types are in parentheses
std::string parameter_text(const ParameterField& parameter, bool is_selected) {
    std::string text = parameter.name + ":" + parameter.description.value_or("");
    if (!parameter.type) return text;
    if (parameter.description || is_selected) return text + " (" + *parameter.type + ")";
    return text + *parameter.type;
}

/// All records of a module, in the order in which they are printed.
std::vector<Record> records_of(const ModuleInfo& info,
                               const std::optional<std::string>& wanted) {
    std::vector<Record> records;
    if (info.builtin) records.push_back({"name", info.name, true});
    records.push_back({"filename", info.filename, true});
    for (const InfoField& field : info.fields)
        // The types are part of the parm records, unless selected explicitly.
        if (field.key != "parmtype" || wanted == "parmtype")
            records.push_back({field.key, field.value});
    if (!info.build_id.empty()) records.push_back({"build-id", hex_bytes(info.build_id)});
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
        records.push_back({"parm", parameter_text(*parameter, wanted == "parm"), true});
    return records;
}

}  // namespace

std::string report_as_text(const ModuleInfo& info, const ReportForm& form) {
    constexpr std::size_t kValueColumn = 16;
    const char end = form.null ? '\0' : '\n';
    std::string text;
    for (Record& record : records_of(info, form.field)) {
        if (form.field && record.key != *form.field) continue;
        if (form.terminal) {
            record.key = terminal_text(record.key);
            record.value = terminal_text(record.value);
        }
        if (!form.field) {
            const bool padded = !form.null || record.padded;
            std::string head = record.key + (padded ? ':' : '=');
            if (padded) head.resize(std::max(head.size(), kValueColumn), ' ');
            text += head;
        }
        text += record.value;
        text += end;
    }
    return text;
}

}  // namespace kmodpp::cli

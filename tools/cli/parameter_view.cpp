// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/parameter_view.hpp"

#include <algorithm>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

constexpr std::string_view kIndent = "      ";

const char* state_text(InitState state) {
    switch (state) {
        case InitState::builtin: return "built in";
        case InitState::live: return "loaded";
        case InitState::coming: return "being loaded";
        case InitState::going: return "being removed";
        case InitState::absent: break;
    }
    return "not loaded";
}

/// A value on one line: '' if it is empty.
std::string shown(const std::string& value) {
    return value.empty() ? "''" : terminal_line(value);
}

std::string running_value(const ModuleParameters& module, const ParameterStatus& row) {
    if (row.value) return " = " + shown(*row.value);
    if (!row.value_fault.empty())
        return ", value cannot be read: " + terminal_line(row.value_fault);
    return module.state == InitState::absent ? "" : ", value not shown";
}

/// Where the value was asked for, and whether it is at work.
std::string request_line(const ModuleParameters& module, const ParameterStatus& row) {
    const RequestedValue& requested = *row.requested;
    const std::string where =
        "set to " + (requested.value ? shown(*requested.value) : "no value") + " by " +
        (requested.origin.line == 0 ? "the " : "") + requested.origin.describe();
    switch (row.agreement) {
        case Agreement::same: return where;
        case Agreement::different:
            return where + ", but the running value is " + shown(*row.value) + ": " +
                   row.note;
        case Agreement::unknown:
            return where + "; the driver defines whether that is " + shown(*row.value);
        case Agreement::not_compared: break;
    }
    return where +
           (module.state == InitState::absent ? ", for the next time it is loaded" : "");
}

std::string described(const ModuleParameters& module, const ParameterStatus& row) {
    std::string text = "  " + terminal_line(row.name);
    if (!row.type.empty()) text += " (" + terminal_line(row.type) + ")";
    text += running_value(module, row);
    if (row.writable()) text += ", can be changed at run time";
    text += '\n';
    // terminal_text() indents further lines, so the text cannot imitate other output.
    if (!row.description.empty()) {
        text += kIndent;
        text += terminal_text(row.description) + "\n";
    }
    if (row.requested) {
        text += kIndent;
        text += request_line(module, row) + "\n";
    }
    return text;
}

}  // namespace

void keep_differing(std::vector<ModuleParameters>& modules) {
    for (ModuleParameters& module : modules)
        std::erase_if(module.parameters, [](const ParameterStatus& row) {
            return row.agreement != Agreement::different;
        });
    std::erase_if(modules, [](const ModuleParameters& module) {
        return module.parameters.empty();
    });
}

std::string parameters_as_text(const std::vector<ModuleParameters>& modules) {
    std::string text;
    for (const ModuleParameters& module : modules) {
        text += terminal_line(module.module) + " (" + state_text(module.state) + ")";
        text += module.parameters.empty() ? ": no parameters\n" : ":\n";
        for (const ParameterStatus& row : module.parameters)
            text += described(module, row);
    }
    return text;
}

}  // namespace kmodpp::cli

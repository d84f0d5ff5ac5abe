// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/parameter_view.hpp"

#include <algorithm>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

constexpr std::string_view kDetailIndent = "      ";

struct StateText {
    const char* text;
    Style style;
};
StateText state_text(InitState state) {
    switch (state) {
        case InitState::builtin: return {"built in", Style::plain};
        case InitState::live: return {"loaded", Style::good};
        case InitState::coming: return {"being loaded", Style::warning};
        case InitState::going: return {"being removed", Style::warning};
        case InitState::absent: break;
    }
    return {"not loaded", Style::plain};
}

/// A value on one line: '' if it is empty.
std::string shown(const std::string& value) {
    return value.empty() ? "''" : terminal_line(value);
}

StyledText running_value(const ModuleParameters& module, const ParameterStatus& row) {
    StyledText text;
    if (row.value)
        text += " = " + shown(*row.value);
    else if (!row.value_fault.empty())
        (text += ", ")
            .add(Style::bad, "value cannot be read: " + terminal_line(row.value_fault));
    else if (module.state != InitState::absent)
        text += ", value not shown";
    return text;
}

/// Where the value was asked for, and whether it is at work.
StyledText request_line(const ModuleParameters& module, const ParameterStatus& row) {
    const RequestedValue& requested = *row.requested;
    StyledText text;
    text += "set to " + (requested.value ? shown(*requested.value) : "no value") +
            " by " + (requested.origin.line == 0 ? "the " : "") +
            requested.origin.describe();
    switch (row.agreement) {
        case Agreement::same: break;
        case Agreement::different:
            (text += ", ")
                .add(Style::warning, "but the running value is " + shown(*row.value)) +=
                ": " + row.note;
            break;
        case Agreement::unknown:
            text += "; the driver defines whether that is " + shown(*row.value);
            break;
        case Agreement::not_compared:
            if (module.state == InitState::absent)
                text += ", for the next time it is loaded";
            break;
    }
    return text;
}

StyledText described(const ModuleParameters& module, const ParameterStatus& row) {
    StyledText text;
    text += "  " + terminal_line(row.name);
    if (!row.type.empty()) text += " (" + terminal_line(row.type) + ")";
    text += running_value(module, row);
    if (row.writable()) text += ", can be changed at run time";
    text += "\n";
    // terminal_text() indents further lines, so the text cannot imitate other output.
    if (!row.description.empty()) {
        text += kDetailIndent;
        text += terminal_text(row.description) + "\n";
    }
    if (row.requested) {
        text += kDetailIndent;
        (text += request_line(module, row)) += "\n";
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

StyledText parameters_as_text(const std::vector<ModuleParameters>& modules) {
    StyledText text;
    for (const ModuleParameters& module : modules) {
        const StateText state = state_text(module.state);
        text.add(Style::heading, terminal_line(module.module)) += " (";
        text.add(state.style, state.text) += ")";
        text += module.parameters.empty() ? ": no parameters\n" : ":\n";
        for (const ParameterStatus& row : module.parameters)
            text += described(module, row);
    }
    return text;
}

}  // namespace kmodpp::cli

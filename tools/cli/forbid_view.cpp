// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/forbid_view.hpp"

#include <utility>

#include "cli/json.hpp"
#include "cli/json_values.hpp"

namespace kmodpp::cli {

std::string forbid_as_text(const ForbidChange& change) {
    std::string text =
        change.module +
        (change.changed ? " is forbidden in " : " is already forbidden in ") +
        change.path + "\n";
    for (const ConfigRule& rule : change.others)
        text += "  also forbidden by the " + std::string(to_string(rule.kind)) +
                " line in " + rule.origin.describe() + "\n";
    for (const ForbidRemark& remark : change.remarks) text += "  " + remark.text + "\n";
    return text;
}

std::string allow_as_text(const ForbidChange& change) {
    return change.changed ? change.path + " was removed\n"
                          : change.path + " does not exist: nothing to do\n";
}

std::string change_as_json(const ForbidChange& change) {
    Json json = {
        {"module", change.module}, {"path", change.path}, {"changed", change.changed}};
    Json& others = json["others"] = Json::array();
    for (const ConfigRule& rule : change.others) others.push_back(json_of(rule));
    Json& remarks = json["remarks"] = Json::array();
    for (const ForbidRemark& remark : change.remarks)
        remarks.push_back({{"kind", to_string(remark.kind)}, {"text", remark.text}});
    return json_text(json);
}

}  // namespace kmodpp::cli

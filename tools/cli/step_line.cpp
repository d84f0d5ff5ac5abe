// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/plan_views.hpp"

namespace kmodpp::cli {

std::string step_line(const Step& step) {
    switch (step.action) {
        case Step::Action::insert:
            return "insmod " + step.path + " " + step.options + "\n";
        case Step::Action::remove: return "rmmod " + step.module + "\n";
        case Step::Action::run_install:
            return "install " + step.command + " " + step.options + "\n";
        case Step::Action::run_remove: return "remove " + step.command + "\n";
        case Step::Action::builtin: return "builtin " + step.module + "\n";
        case Step::Action::already_loaded:
        case Step::Action::missing:
        case Step::Action::kept:
        case Step::Action::forbidden: break;
    }
    return {};
}

}  // namespace kmodpp::cli

// SPDX-License-Identifier: LGPL-2.1-or-later
// The words for the reasons of steps.
#include "base/text.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

std::string to_string(const Cause& cause) {
    switch (cause.kind) {
        case Cause::Kind::named: return "named";
        case Cause::Kind::dependency: return cat(cause.of, " needs it");
        case Cause::Kind::pre_softdep:
        case Cause::Kind::post_softdep:
            return cat("softdep of ", cause.of, " (", cause.origin.describe(), ")");
        case Cause::Kind::holder: return cat("uses ", cause.of);
        case Cause::Kind::unused_dependency: return cat("no longer used by ", cause.of);
    }
    return {};
}

}  // namespace kmodpp

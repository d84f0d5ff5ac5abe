// SPDX-License-Identifier: LGPL-2.1-or-later
// Implements the reports of Context about a whole system or release.
#include "context/parts.hpp"

#include "base/guarded.hpp"
#include "plan/graph.hpp"
#include "report/relations.hpp"
#include "report/unused.hpp"

namespace kmodpp {

Result<ModuleGraph> Context::relations(const RelationsRequest& request) const {
    return guarded([&]() -> Result<ModuleGraph> {
        if (request.loaded) {
            TRY_ASSIGN(const auto modules, parts_->kernel->modules());
            return find_loaded_relations(parts_->catalog(), modules, request);
        }
        if (request.direction == RelationsRequest::Direction::users)
            return find_users(parts_->catalog(), parts_->planned_query(), request.names);
        return draw_graph(parts_->catalog(), parts_->planned_query(), request.names);
    });
}

Result<std::vector<UnusedModule>> Context::unused_modules() const {
    return guarded([&]() -> Result<std::vector<UnusedModule>> {
        return find_unused_modules(*parts_->kernel);
    });
}

}  // namespace kmodpp

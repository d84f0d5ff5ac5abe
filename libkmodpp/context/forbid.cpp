// SPDX-License-Identifier: LGPL-2.1-or-later
// Forbids modules in the configuration, and allows them again.
#include <algorithm>
#include <utility>

#include "base/guarded.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/forbid_file.hpp"
#include "context/parts.hpp"
#include "diagnose/forbid_remarks.hpp"

namespace kmodpp {

namespace {

/// The change of a module's file in the configuration of a catalog. The file itself is
/// not one of the other lines.
ForbidChange change_of(const Catalog& catalog, std::string module) {
    ForbidChange change;
    change.path = catalog.config_root().display(forbid_file(module));
    change.others = lines_that_forbid(catalog, module);
    std::erase_if(change.others, [&](const ConfigRule& rule) {
        return rule.origin.file == change.path;
    });
    change.module = std::move(module);
    return change;
}

/// Files are never written through links that leave the root.
Result<io::Root> writable(const io::Root& root) { return io::Root::open(root.prefix()); }

}  // namespace

Result<ForbidChange> Context::forbid(std::string_view name, std::string_view text) {
    return guarded([&]() -> Result<ForbidChange> {
        const std::string module = normalise_module_name(name);
        TRY(check_forbid_words(module, text));
        Catalog& catalog = parts_->catalog();
        ForbidChange change = change_of(catalog, module);
        const bool own = parts_->is_own_tree();
        TRY_ASSIGN(change.remarks,
                   remarks_on_forbidding(catalog, module, parts_->planned_query()(module),
                                         own ? parts_->kernel->command_line().value_or("")
                                             : std::string()));
        TRY_ASSIGN(const io::Root root, writable(catalog.config_root()));
        TRY_ASSIGN(change.changed, write_forbid_file(root, module, trim(text)));
        return change;
    });
}

Result<ForbidChange> Context::allow(std::string_view name) {
    return guarded([&]() -> Result<ForbidChange> {
        const std::string module = normalise_module_name(name);
        TRY(check_forbid_words(module, {}));
        ForbidChange change = change_of(parts_->catalog(), module);
        TRY_ASSIGN(const io::Root root, writable(parts_->catalog().config_root()));
        TRY_ASSIGN(change.changed, remove_forbid_file(root, module));
        return change;
    });
}

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/tree_check.hpp"

#include "base/guarded.hpp"
#include "trust/usual_stores.hpp"

namespace kmodpp::trust {

Result<std::vector<VerifiedModule>> check_tree(const TreeCheck& check,
                                               MessageSink& messages) {
    return guarded([&]() -> Result<std::vector<VerifiedModule>> {
        TRY_ASSIGN(const TrustStore store,
                   chosen_store(check.host, check.certificates, check.root, check.release,
                                check.module_directory, messages));
        return check_signatures(check.modules, store, check.options);
    });
}

}  // namespace kmodpp::trust

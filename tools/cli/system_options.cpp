// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/system_options.hpp"

namespace kmodpp::cli {

ContextOptions context_options(const SystemOptions& options) {
    return {.root = options.root.value_or("/"),
            .confined = options.confined,
            .simulate = options.simulate,
            .release = options.release,
            .config = options.config,
            .trust = options.trust};
}

ContextOptions context_options_without_config(const SystemOptions& options) {
    ContextOptions selected = context_options(options);
    selected.config = {""};
    return selected;
}

}  // namespace kmodpp::cli

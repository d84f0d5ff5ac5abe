// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/depmod_rules.hpp"

#include "base/text.hpp"
#include "catalog/config_files.hpp"
#include "io/absolute_path.hpp"

namespace kmodpp {

DepmodConfig read_depmod_config(const io::Root& host,
                                const std::vector<std::string>& overrides,
                                MessageSink& messages) {
    DepmodConfig config;
    for (const ConfigFile& file :
         read_config_files(host, "depmod.d", io::absolute_paths(overrides), messages))
        if (!file.untrusted) parse_depmod_config(file.text, file.path, config);
    for (const ConfigRemark& remark : config.remarks)
        messages.message(Priority::warning,
                         cat(remark.origin.describe(), ": ", remark.text));
    return config;
}

}  // namespace kmodpp

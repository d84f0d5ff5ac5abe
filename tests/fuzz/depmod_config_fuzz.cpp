// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parser of depmod.d files, and the preferences that follow from them.
#include "format/depmod_config.hpp"

#include "catalog/preference.hpp"
#include "catalog/scan.hpp"
#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

void fuzz_one(Bytes input) {
    DepmodConfig config;
    parse_depmod_config(as_text(input), "a.conf", config);
    for (const ConfigRemark& remark : config.remarks)
        claim(!remark.text.empty() && remark.origin.line > 0,
              "a remark has a text and a line number");
    for (const ExternalRule& rule : config.externals)
        claim(rule.directory.starts_with('/'), "an external directory is absolute");

    const Preference preference(config, "6.1.0-56-amd64");
    const FoundModule in_tree{
        "/lib/modules/6.1.0/kernel/a.ko", "", "kernel/a.ko", "a", false, {}};
    const FoundModule update{
        "/lib/modules/6.1.0/updates/a.ko", "", "updates/a.ko", "a", false, {}};
    const FoundModule external{"/opt/a.ko", "", "/opt/a.ko", "a", true, {}};
    for (const auto* one : {&in_tree, &update, &external}) {
        claim(!preference.prefers(*one, *one), "no file is preferred to itself");
        for (const auto* other : {&in_tree, &update, &external})
            claim(!preference.prefers(*one, *other) || !preference.prefers(*other, *one),
                  "a preference is not mutual");
    }
}

}  // namespace kmodpp::test

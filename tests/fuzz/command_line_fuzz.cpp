// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parser of the kernel command line.
#include "base/text.hpp"
#include "format/modprobe_config.hpp"
#include "format/parameters.hpp"
#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

void fuzz_one(Bytes input) {
    ModprobeConfig config;
    parse_kernel_command_line(as_text(input), config);
    claim(config.remarks.empty() && config.aliases.empty() && config.install.empty(),
          "a command line has only options and a blacklist");
    std::string words;
    for (const OptionsRule& rule : config.options) {
        claim(!rule.module.empty() && !rule.module.contains('-'),
              "an option has the normalised name of its module");
        const std::string name = rule.options.substr(0, rule.options.find('='));
        claim(!name.empty() && name.find_first_of(". \t\n\"") == std::string::npos,
              "an option begins with the name of a parameter");
        words += cat(rule.module, ".", rule.options, " ");
    }
    for (const BlacklistRule& rule : config.blacklist)
        claim(!rule.module.empty(), "a blacklist entry has a name");

    ModprobeConfig again;
    parse_kernel_command_line(words, again);
    claim(again.options.size() == config.options.size(),
          "all options can be written and read again");
    for (std::size_t i = 0; i < again.options.size(); ++i)
        claim(again.options[i].module == config.options[i].module &&
                  again.options[i].options == config.options[i].options,
              "an option is the same after writing and reading");
}

}  // namespace kmodpp::test

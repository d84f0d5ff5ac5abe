// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes texts that describe a machine: Module.symvers, System.map, kallsyms, log
// records, the description of a simulated kernel, aliases of devices, and lists of their
// names.
#include <set>

#include "format/device_alias.hpp"
#include "format/hardware_ids.hpp"
#include "fuzz/fuzz.hpp"
#include "index/symbol_table.hpp"
#include "kernel/kallsyms.hpp"
#include "kernel/kernel_log.hpp"
#include "simulated/kernel_description.hpp"

namespace kmodpp::test {

void fuzz_one(Bytes input) {
    const std::string_view text = as_text(input);

    index::SymbolTable symbols('_');
    if (const Status read = symbols.add_symvers(text); !read)
        claim(read.error().message.contains("line "), "an error names its line");
    static_cast<void>(symbols.add_system_map(text));
    static_cast<void>(symbols.find("printk", hash_of_name("printk")));

    const std::set<std::string, std::less<>> wanted{"printk", "kfree"};
    kernel::KallsymsReader whole(wanted), pieces(wanted);
    whole.add(text);
    for (std::size_t at = 0; at < text.size(); at += 7) pieces.add(text.substr(at, 7));
    claim(std::move(whole).take().has_value() == std::move(pieces).take().has_value(),
          "the result does not depend on the size of the pieces");

    const auto ids = HardwareIds::parse(text);
    for (const auto& numbers : {parse_pci_alias(text), parse_usb_alias(text)})
        if (numbers)
            claim(text.size() >= ids.vendor(numbers->vendor).size(),
                  "a name is part of the list");
    claim(!ids.product(0x8086, 1).contains('\n'), "a name is one line");

    const std::string_view record = kernel::text_of_record(text);
    claim(record.size() <= text.size() && !record.contains('\n'), "a record is one line");

    if (const auto description = kernel::parse_kernel_description(text); !description)
        claim(description.error().message.starts_with("line "),
              "an error names its line");
}

}  // namespace kmodpp::test

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/builtin_list.hpp"

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp {

BuiltinList parse_builtin_list(std::string_view text) {
    BuiltinList list;
    while (!text.empty()) {
        const std::string_view line = trim(take_until(text, '\n'));
        if (line.empty()) continue;
        if (module_suffix(base_name(line)).empty())
            list.invalid.push_back(line);
        else
            list.names.push_back(module_name_of_path(line));
    }
    return list;
}

}  // namespace kmodpp

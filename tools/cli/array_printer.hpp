// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints a JSON array element by element, because there may be thousands.
#pragma once

#include <string>

#include "cli/messages.hpp"

namespace kmodpp::cli {

class ArrayPrinter {
public:
    /// \param text  as returned by json_element()
    void element(const std::string& text) {
        print(any_ ? ",\n" : "[\n");
        any_ = true;
        print(text);
    }
    void finish() { print(any_ ? "\n]\n" : "[]\n"); }

private:
    bool any_ = false;
};

}  // namespace kmodpp::cli

// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the messages and errors of the library to standard error.
#pragma once

#include <iostream>
#include <string_view>

#include <kmodpp/message.hpp>
#include <kmodpp/result.hpp>

/// A sink that shows warnings and worse. The library itself never prints.
class ToStandardError : public kmodpp::MessageSink {
public:
    void message(kmodpp::Priority priority, std::string_view text) override {
        if (priority <= kmodpp::Priority::warning)
            std::cerr << "warning: " << text << '\n';
    }
};

/// For `return complain(error);` in main.
inline int complain(const kmodpp::Error& error) {
    std::cerr << "error: " << error.message << '\n';
    return 1;
}

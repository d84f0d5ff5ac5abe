// SPDX-License-Identifier: LGPL-2.1-or-later
// What a context has to say, handed to the program's callback or to stderr.
#pragma once

#include <cstdarg>
#include <source_location>
#include <string_view>

#include "kmodpp/message.hpp"

namespace kmodpp::capi {

using LogFunction = void (*)(void* data, int priority, const char* file, int line,
                             const char* function, const char* format, std::va_list args);

class Log final : public MessageSink {
public:
    /// stderr, up to the priority that KMOD_LOG names: a number of syslog(3), or "err",
    /// "info", "debug"; 0 for other words. Without it: errors.
    Log();

    /// What the library warns of, bad lines of the configuration above all, are errors
    /// for programs of this interface, most of which show nothing less.
    void message(Priority priority, std::string_view text) override {
        say(priority == Priority::warning ? Priority::error : priority, text);
    }
    void say(Priority priority, std::string_view text,
             std::source_location where = std::source_location::current());

    /// \param function null: nothing is said
    void set_function(LogFunction function, void* data) {
        function_ = function;
        data_ = data;
    }
    [[nodiscard]] int priority() const { return priority_; }
    void set_priority(int priority) { priority_ = priority; }

private:
    LogFunction function_;
    void* data_ = nullptr;
    int priority_;
};

}  // namespace kmodpp::capi

// SPDX-License-Identifier: LGPL-2.1-or-later
// Sends the messages of a context to the program's callback or to stderr.
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
    /// Logs to stderr up to the priority in KMOD_LOG: a syslog(3) number, or "err",
    /// "info", "debug"; other words mean 0. Default: errors.
    Log();

    /// Warnings of the library, such as bad lines of the configuration, are errors for
    /// users of this interface, because most programs only show errors.
    void message(Priority priority, std::string_view text) override {
        write(priority == Priority::warning ? Priority::error : priority, text);
    }
    void write(Priority priority, std::string_view text,
               std::source_location where = std::source_location::current());

    /// \param function null: discard all messages
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

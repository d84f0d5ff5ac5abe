// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Messages of the library. The library never prints: the program provides a sink, which
/// decides where messages go.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include <kmodpp/export.hpp>

namespace kmodpp {

/// Priority of a message, printed by the tools as in "modprobe: WARNING: …".
enum class Priority { fatal, error, warning, notice, info, debug };
/// A stable name for programs: "warning".
[[nodiscard]] KMODPP_API std::string_view to_string(Priority priority);

/// Receives messages. Must outlive the objects that it was passed to. Called from one
/// thread at a time.
class MessageSink {
public:
    virtual ~MessageSink() = default;
    /// \param priority a sink may drop messages below its level
    /// \param text one line, no trailing newline
    virtual void message(Priority priority, std::string_view text) = 0;
};

/// Prints messages to standard error, one line each: "warning: TEXT". The text may
/// contain names from untrusted files; it is printed as it is. Safe to use with several
/// contexts at the same time.
class StandardErrorSink : public MessageSink {
public:
    /// Prints messages of this priority and of higher ones.
    explicit StandardErrorSink(Priority lowest = Priority::warning) : lowest_(lowest) {}
    /// Prints one message.
    void message(Priority priority, std::string_view text) override {
        if (priority > lowest_) return;
        // One write per line, so that the lines of several threads do not mix.
        std::string line(to_string(priority));
        line.append(": ").append(text).append("\n");
        std::fwrite(line.data(), 1, line.size(), stderr);
    }

private:
    Priority lowest_;
};

}  // namespace kmodpp

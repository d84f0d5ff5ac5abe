// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Messages of the library. The library never prints: the program provides a sink, which
/// decides where messages go.
#pragma once

#include <string_view>

namespace kmodpp {

/// Priority of a message, printed by the tools as in "modprobe: WARNING: …".
enum class Priority { fatal, error, warning, notice, info, debug };

/// Receives messages. Must outlive the objects that it was passed to. Called from one
/// thread at a time.
class MessageSink {
public:
    virtual ~MessageSink() = default;
    /// \param priority a sink may drop messages below its level
    /// \param text one line, no trailing newline
    virtual void message(Priority priority, std::string_view text) = 0;
};

}  // namespace kmodpp

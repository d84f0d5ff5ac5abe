// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Remarks of the library on its way to an answer. The library never prints: whoever
/// embeds it hands in a sink and decides where the text goes.
#pragma once

#include <string_view>

namespace kmodpp {

/// The words are those that the tools print: "modprobe: WARNING: …".
enum class Priority { fatal, error, warning, notice, info, debug };

/// Receives remarks. Must outlive whatever it was handed to. Calls come from one thread
/// at a time.
class MessageSink {
public:
    virtual ~MessageSink() = default;
    /// \param priority how much it matters; a sink may drop what is below its level
    /// \param text one line, no trailing newline
    virtual void message(Priority priority, std::string_view text) = 0;
};

}  // namespace kmodpp

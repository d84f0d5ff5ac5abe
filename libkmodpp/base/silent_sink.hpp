// SPDX-License-Identifier: LGPL-2.1-or-later
// A sink for the messages of a read whose warnings are of no interest to the caller.
#pragma once

#include <string_view>

#include <kmodpp/message.hpp>

namespace kmodpp {

/// Drops all messages.
class SilentSink final : public MessageSink {
    void message(Priority, std::string_view) override {}
};

}  // namespace kmodpp

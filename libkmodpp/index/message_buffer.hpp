// SPDX-License-Identifier: LGPL-2.1-or-later
// Buffers the messages of parallel work, so that they can be printed in a fixed order.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kmodpp/message.hpp"

namespace kmodpp::index {

class MessageBuffer final : public MessageSink {
public:
    void message(Priority priority, std::string_view text) override {
        messages_.emplace_back(priority, text);
    }
    /// \param lowest messages of lower priority are dropped
    void pass_on(MessageSink& sink, Priority lowest = Priority::debug) const {
        for (const auto& [priority, text] : messages_)
            if (priority <= lowest) sink.message(priority, text);
    }

private:
    std::vector<std::pair<Priority, std::string>> messages_;
};

}  // namespace kmodpp::index

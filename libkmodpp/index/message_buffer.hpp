// SPDX-License-Identifier: LGPL-2.1-or-later
// Messages that are kept until their turn comes: those of work that goes on beside other
// work.
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
    /// \param lowest  what matters less is dropped
    void pass_on(MessageSink& sink, Priority lowest = Priority::debug) const {
        for (const auto& [priority, text] : messages_)
            if (priority <= lowest) sink.message(priority, text);
    }

private:
    std::vector<std::pair<Priority, std::string>> messages_;
};

}  // namespace kmodpp::index

// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of cli/messages.hpp: the message levels of KMOD_LOG.
#include "cli/messages.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kmodpp;
using namespace kmodpp::cli;

TEST_CASE("read_log_level: accepts the words and numbers of syslog") {
    const struct {
        std::string text;
        bool known;
        std::optional<Priority> lowest;
    } rows[] = {
        {"err", true, Priority::error},     {"warning", true, Priority::warning},
        {"notice", true, Priority::notice}, {"info", true, Priority::info},
        {"debug", true, Priority::debug},   {"0", true, std::nullopt},
        {"2", true, Priority::fatal},       {"3", true, Priority::error},
        {"4", true, Priority::warning},     {"7", true, Priority::debug},
        {"8", false, std::nullopt},         {"", false, std::nullopt},
        {"loud", false, std::nullopt},      {"-1", false, std::nullopt},
        {"3x", false, std::nullopt},        {"DEBUG", false, std::nullopt},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const LogLevel level = read_log_level(row.text);
        CHECK(level.known == row.known);
        CHECK((level.lowest == row.lowest));
    }
}

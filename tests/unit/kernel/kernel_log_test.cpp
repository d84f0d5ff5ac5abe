// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of kernel/kernel_log.hpp.
#include "kernel/kernel_log.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

using namespace kmodpp;
using Lines = std::vector<std::string>;

namespace {

struct LogRoot {
    test::TemporaryDirectory files;
    io::Root root = io::Root::open(files.string()).value();
};

constexpr std::string_view kLog = "/var/log/kernel.log";

}  // namespace

TEST_CASE("text_of_record: returns the text of a /dev/kmsg record") {
    const struct {
        std::string_view name, record, text;
    } cases[] = {
        {"plain", "4,563,12345,-;dummy: no\n", "dummy: no"},
        {"more lines after it", "4,563,12345,-;dummy: no\n SUBSYSTEM=net\n DEVICE=n1\n",
         "dummy: no"},
        {"with its caller", "6,1,2,-,caller=T12;a; b\n", "a; b"},
        {"without newline", "6,1,2,-;a", "a"},
        {"empty text", "6,1,2,-;\n", ""},
        {"no head", "dummy: no; never\n", ""},
        {"no text", "6,1,2,-\n", ""},
        {"nothing", "", ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(kernel::text_of_record(c.record) == c.text);
    }
}

TEST_CASE("text_of_record: returns nothing for a record with a truncated header") {
    const std::string_view record = "4,563,12345,-;text";
    for (std::size_t size = 0; size < record.find(';') + 1; ++size)
        CHECK(kernel::text_of_record(record.substr(0, size)).empty());
}

TEST_CASE("log file: reads only lines after the mark") {
    const LogRoot log;
    log.files.write("var/log/kernel.log", "a: old\n");
    const kernel::LogMark mark = kernel::mark_log_file(log.root, kLog);
    CHECK(kernel::read_log_file(log.root, kLog, mark) == Lines{});
    log.files.write("var/log/kernel.log", "a: old\nb: new\n\nc: newer\nd: cut");
    CHECK(kernel::read_log_file(log.root, kLog, mark) ==
          Lines{"b: new", "c: newer", "d: cut"});
}

TEST_CASE("log file: reads a file created after the mark completely") {
    const LogRoot log;
    const kernel::LogMark mark = kernel::mark_log_file(log.root, kLog);
    CHECK(mark.offset == 0);
    CHECK(kernel::read_log_file(log.root, kLog, mark) == Lines{});
    log.files.write("var/log/kernel.log", "a: new\n");
    CHECK(kernel::read_log_file(log.root, kLog, mark) == Lines{"a: new"});
}

TEST_CASE("log file: keeps the latest of too many lines") {
    const LogRoot log;
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "line " + std::to_string(i) + "\n";
    log.files.write("var/log/kernel.log", text);
    const auto lines = kernel::read_log_file(log.root, kLog, {});
    REQUIRE(lines.has_value());
    CHECK(lines->size() == kernel::kMaxLogLines);
    CHECK(lines->front() == "line 2000");
    CHECK(lines->back() == "line 2999");
}

TEST_CASE("log file: an unreadable file means no log") {
    const LogRoot log;
    log.files.write("var/log/kernel.log/inside", "");
    CHECK_FALSE(kernel::read_log_file(log.root, kLog, {}).has_value());
}

TEST_CASE("kmsg: a missing device means no log") {
    const LogRoot log;
    const kernel::LogMark mark = kernel::mark_kmsg(log.root);
    CHECK_FALSE(mark.log);
    CHECK_FALSE(kernel::read_kmsg(mark).has_value());
}

TEST_CASE("kmsg: does not read records before the mark") {
    const LogRoot log;
    log.files.write("dev/kmsg", "4,1,1,-;old\n");
    const kernel::LogMark mark = kernel::mark_kmsg(log.root);
    REQUIRE(mark.log);
    CHECK(kernel::read_kmsg(mark) == Lines{});
    log.files.write("dev/kmsg", "4,1,1,-;old\n4,2,2,-;new\n");
    CHECK(kernel::read_kmsg(mark) == Lines{"new"});
}

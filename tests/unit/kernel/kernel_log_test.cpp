// SPDX-License-Identifier: LGPL-2.1-or-later
// What a kernel has said since a moment.
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

TEST_CASE("text_of_record: takes the text out of a record of /dev/kmsg") {
    const struct {
        std::string_view name, record, text;
    } cases[] = {
        {"plain", "4,563,12345,-;dummy: no\n", "dummy: no"},
        {"more lines behind it", "4,563,12345,-;dummy: no\n SUBSYSTEM=net\n DEVICE=n1\n",
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

TEST_CASE("text_of_record: takes nothing out of a record that is cut in its head") {
    const std::string_view record = "4,563,12345,-;text";
    for (std::size_t size = 0; size < record.find(';') + 1; ++size)
        CHECK(kernel::text_of_record(record.substr(0, size)).empty());
}

TEST_CASE("log file: only what came behind the mark is read") {
    const LogRoot log;
    log.files.write("var/log/kernel.log", "a: old\n");
    const kernel::LogMark mark = kernel::mark_log_file(log.root, kLog);
    CHECK(kernel::read_log_file(log.root, kLog, mark) == Lines{});
    log.files.write("var/log/kernel.log", "a: old\nb: new\n\nc: newer\nd: cut");
    CHECK(kernel::read_log_file(log.root, kLog, mark) ==
          Lines{"b: new", "c: newer", "d: cut"});
}

TEST_CASE("log file: one that appears after the mark is new as a whole") {
    const LogRoot log;
    const kernel::LogMark mark = kernel::mark_log_file(log.root, kLog);
    CHECK(mark.offset == 0);
    CHECK(kernel::read_log_file(log.root, kLog, mark) == Lines{});
    log.files.write("var/log/kernel.log", "a: new\n");
    CHECK(kernel::read_log_file(log.root, kLog, mark) == Lines{"a: new"});
}

TEST_CASE("log file: of a flood the latest lines are kept") {
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

TEST_CASE("log file: one that cannot be read is no log") {
    const LogRoot log;
    log.files.write("var/log/kernel.log/inside", "");
    CHECK_FALSE(kernel::read_log_file(log.root, kLog, {}).has_value());
}

TEST_CASE("kmsg: a machine without it has no log") {
    const LogRoot log;
    const kernel::LogMark mark = kernel::mark_kmsg(log.root);
    CHECK_FALSE(mark.log);
    CHECK_FALSE(kernel::read_kmsg(mark).has_value());
}

TEST_CASE("kmsg: what stands before the mark is not read") {
    const LogRoot log;
    log.files.write("dev/kmsg", "4,1,1,-;old\n");
    const kernel::LogMark mark = kernel::mark_kmsg(log.root);
    REQUIRE(mark.log);
    CHECK(kernel::read_kmsg(mark) == Lines{});
    log.files.write("dev/kmsg", "4,1,1,-;old\n4,2,2,-;new\n");
    CHECK(kernel::read_kmsg(mark) == Lines{"new"});
}

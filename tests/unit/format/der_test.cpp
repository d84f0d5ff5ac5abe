// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/der.hpp.
#include "format/der.hpp"

#include <doctest/doctest.h>

#include "support/exact_copy.hpp"

using namespace kmodpp;
using namespace std::string_view_literals;

TEST_CASE("der::Reader: walks the elements of each level") {
    der::Reader top(as_bytes("\x30\x05\x02\x01\x07\x04\x00\x31\x00"sv));
    CHECK(top.peek() == der::kSequence);
    der::Reader sequence = top.enter(der::kSequence, "outer").value();
    CHECK(as_text(sequence.take(der::kInteger, "number").value()) == "\x07");
    CHECK(sequence.skip_if(der::kSet, "not there").has_value());
    CHECK_FALSE(sequence.at_end());
    CHECK(sequence.take(der::kOctetString, "octets").value().empty());
    CHECK(sequence.at_end());
    CHECK(sequence.peek() == std::nullopt);
    CHECK(top.skip_if(der::kSet, "there").has_value());
    CHECK(top.at_end());
}

TEST_CASE("der::Reader: reads lengths of one and two bytes") {
    const std::string contents(100, 'x');
    for (const std::string_view length : {"\x64"sv, "\x81\x64"sv, "\x82\x00\x64"sv}) {
        const std::string element = std::string("\x04").append(length).append(contents);
        der::Reader reader(as_bytes(element));
        CHECK(as_text(reader.take(der::kOctetString, "octets").value()) == contents);
        CHECK(reader.at_end());
    }
}

TEST_CASE("der::Reader: reports the offset and the fault of an element") {
    const struct {
        std::string_view bytes, expected;
    } cases[] = {
        {""sv, "offset 0x10: value: missing"},
        {"\x30\x00"sv, "offset 0x10: value: tag 0x30 where 0x4 is expected"},
        {"\x04"sv, "offset 0x10: value: cut off before its length"},
        {"\x04\x80\x01\x00\x00"sv,
         "offset 0x10: value: indefinite length of a primitive element"},
        {"\x04\x82\x01"sv, "offset 0x10: value: cut off in its length"},
        {"\x04\x83\x00\x00\x00"sv,
         "offset 0x10: value: a length of 3 bytes, more than 2"},
        {"\x04\xff"sv, "offset 0x10: value: a length of 127 bytes, more than 2"},
        {"\x04\x03"
         "ab"sv,
         "offset 0x10: value: length 0x3 runs past the end, 0x2 bytes are left"},
        {"\x04\x82\xff\xff"
         "ab"sv,
         "offset 0x10: value: length 0xffff runs past the end, 0x2 bytes are left"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.expected);
        const test::ExactCopy copy(c.bytes);
        der::Reader reader(copy.bytes(), 0x10);
        const auto taken = reader.take(der::kOctetString, "value");
        REQUIRE_FALSE(taken.has_value());
        CHECK(taken.error().kind == ErrorKind::malformed);
        CHECK(taken.error().message == c.expected);
    }
}

TEST_CASE("der::Reader: counts offsets from the start of the blob on every level") {
    der::Reader top(as_bytes("\x30\x81\x04\x31\x02\x05\x00"sv));
    der::Reader sequence = top.enter(der::kSequence, "outer").value();
    der::Reader set = sequence.enter(der::kSet, "inner").value();
    CHECK(set.take(der::kInteger, "number").error().message ==
          "offset 0x5: number: tag 0x5 where 0x2 is expected");
    CHECK(set.skip_if(der::kInteger, "number").has_value());
}

TEST_CASE("der::Reader: returns an element of any tag, with or without its header") {
    der::Reader reader(as_bytes("\x13\x02hi\x05\x00"sv));
    const der::Element element = reader.next("word").value();
    CHECK(element.tag == 0x13);
    CHECK(as_text(element.contents) == "hi");
    CHECK(as_text(element.whole) == "\x13\x02hi");
    CHECK(reader.expect_end("word").error().message ==
          "offset 0x4: word: unexpected trailing data");
    REQUIRE(reader.next("nothing"));
    CHECK(reader.expect_end("word").has_value());
    CHECK(reader.next("more").error().message == "offset 0x6: more: missing");
}

TEST_CASE("der::Reader: reads indefinite lengths up to their end mark") {
    der::Reader top(as_bytes("\x30\x80\x31\x80\x02\x01\x00\x00\x00\x00\x00\x05\x00"sv));
    der::Reader sequence = top.enter(der::kSequence, "outer").value();
    CHECK(sequence.is_indefinite());
    const der::Element set = sequence.next("set").value();
    CHECK(as_text(set.contents) == "\x02\x01\x00"sv);
    CHECK(as_text(set.without_end_mark()) == "\x31\x80\x02\x01\x00"sv);
    CHECK(sequence.at_end());
    CHECK(as_text(top.next("null").value().whole) == "\x05\x00"sv);
    for (const std::string_view cut :
         {"\x30\x80"sv, "\x30\x80\x00"sv, "\x30\x80\x00\x01"sv, "\x30\x80\x02\x05"sv})
        CHECK(der::Reader(as_bytes(cut)).next("outer").error().message ==
              "offset 0x0: outer: indefinite length without a valid end mark");
}

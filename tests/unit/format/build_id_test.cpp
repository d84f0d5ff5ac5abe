// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/build_id.hpp.
#include "format/build_id.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/bytes.hpp"
#include "support/elf_builder.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;

namespace {

std::string id_of(const std::string& file) {
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    REQUIRE(image.has_value());
    return read_build_id(*image);
}

std::string id_of_note(std::string_view note) {
    return id_of(ElfBuilder().section(".note.gnu.build-id", note).build());
}

}  // namespace

TEST_CASE("read_build_id: reads any class and byte order") {
    const std::string id("\x01\x23\0\xff", 4);
    for (const auto& [name, target] : test::all_targets()) {
        CAPTURE(name);
        CHECK(id_of(ElfBuilder(target).build_id(id).build()) == id);
        CHECK(id_of(ElfBuilder(target).text(16).build()).empty());
    }
}

TEST_CASE("read_build_id: ignores a note of another form") {
    const std::string note = "\4\0\0\0\2\0\0\0\3\0\0\0GNU\0ab"s;
    CHECK(id_of_note(note) == "ab");
    for (std::size_t size = 0; size < note.size(); ++size) {
        CAPTURE(size);
        CHECK(id_of_note(note.substr(0, size)).empty());
    }
    CHECK(id_of_note("\5\0\0\0\2\0\0\0\3\0\0\0GNU\0ab"s).empty());
    CHECK(id_of_note("\4\0\0\0\2\0\0\0\4\0\0\0GNU\0ab"s).empty());
    CHECK(id_of_note("\4\0\0\0\2\0\0\0\3\0\0\0ABC\0ab"s).empty());
    CHECK(id_of_note("\4\0\0\0\0\0\0\0\3\0\0\0GNU\0ab"s).empty());
    CHECK(id_of_note("\4\0\0\0\xff\xff\xff\xff\3\0\0\0GNU\0ab"s).empty());
    CHECK(id_of_note("\4\0\0\0\x41\0\0\0\3\0\0\0GNU\0"s + std::string(65, 'x')).empty());
    CHECK(id_of_note("\4\0\0\0\x40\0\0\0\3\0\0\0GNU\0"s + std::string(64, 'x')).size() ==
          64);
}

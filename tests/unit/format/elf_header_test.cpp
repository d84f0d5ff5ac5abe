// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/elf_header.hpp: the header of any ELF file, and descriptions of files
// that are not modules.
#include "format/elf_header.hpp"

#include <doctest/doctest.h>
#include <elf.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "format/elf_description.hpp"
#include "support/elf_builder.hpp"

using namespace kmodpp;
using test::ElfBuilder;

TEST_CASE("elf::read_header: returns class, byte order, machine and type") {
    for (const test::NamedTarget& named : test::all_targets()) {
        CAPTURE(named.name);
        const std::string file = ElfBuilder(named.target).text(8).type(ET_DYN).build();
        const auto header = elf::read_header(as_bytes(file));
        REQUIRE(header.has_value());
        CHECK(header->is_64 == named.target.is_64);
        CHECK(header->order == named.target.order);
        CHECK(header->e_machine == named.target.e_machine);
        CHECK(header->e_type == ET_DYN);
        CHECK(header->least_size() == file.size());
    }
}

TEST_CASE("elf::read_header: rejects every truncation of a header") {
    for (const test::NamedTarget& named : test::all_targets()) {
        CAPTURE(named.name);
        const std::string file = ElfBuilder(named.target).text(8).build();
        const std::size_t whole =
            named.target.is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
        for (std::size_t size = 0; size < whole; ++size)
            CHECK_FALSE(elf::read_header(as_bytes(file).first(size)).has_value());
        CHECK(elf::read_header(as_bytes(file).first(whole)).has_value());
    }
}

TEST_CASE("elf::read_header: the minimum file size does not overflow") {
    std::string file = ElfBuilder().text(8).build();
    test::patch_header(file, "e_shoff", std::numeric_limits<std::uint64_t>::max() - 3);
    CHECK(elf::read_header(as_bytes(file))->least_size() ==
          std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("elf::read_header: rejects unknown classes and byte orders") {
    std::string file = ElfBuilder().text(8).build();
    file[EI_CLASS] = 3;
    CHECK_FALSE(elf::read_header(as_bytes(file)).has_value());
    file[EI_CLASS] = ELFCLASS64;
    file[EI_DATA] = 0;
    CHECK_FALSE(elf::read_header(as_bytes(file)).has_value());
}

TEST_CASE("elf: shows names of known machines and types, and numbers of others") {
    CHECK(elf::machine_name(EM_X86_64) == "x86-64");
    CHECK(elf::machine_name(9999) == "machine 9999");
    CHECK(elf::type_name(ET_EXEC) == "an executable");
    CHECK(elf::type_name(77) == "an ELF file of type 77");
    CHECK(elf::describe({.is_64 = false,
                         .order = std::endian::big,
                         .e_type = ET_REL,
                         .e_machine = EM_MIPS}) == "32-bit big-endian MIPS");
}

TEST_CASE("elf::describe_head: describes what a file looks like") {
    const struct {
        std::string_view name, bytes, text;
    } cases[] = {
        {"text", "not a module\nat all", "it begins with the text 'not a module'"},
        {"long text", "abcdefghijklmnopqrstuvwxyz",
         "it begins with the text "
         "'abcdefghijklmnopqrstuvwx'"},
        {"short text", "ab", "it begins with the text 'ab'"},
        {"script", "#!/bin/sh\n", "it is a script"},
        {"gzip", "\x1f\x8b\x08", "it is a gzip file"},
        {"xz", std::string_view("\xfd\x37zXZ\x00\x00", 7), "it is an xz file"},
        {"zstd", "\x28\xb5\x2f\xfd", "it is a zstd file"},
        {"bzip2", "BZh91AY", "it is a bzip2 file"},
        {"archive", "!<arch>\nx", "it is an archive (ar)"},
        {"bytes", std::string_view("\x00\x01\xff", 3),
         "it begins with the bytes 00 01 ff"},
        {"many bytes", std::string_view("\x01\x02\x03\x04\x05\x06\x07\x08\x09", 9),
         "it begins with the bytes 01 02 03 04 05 06 07 08"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(elf::describe_head(as_bytes(c.bytes)) == c.text);
    }
}

TEST_CASE("elf::machine_of_uname: knows the machine names of uname -m") {
    const struct {
        std::string_view name;
        std::optional<std::uint16_t> machine;
        bool is_64;
    } cases[] = {
        {"x86_64", EM_X86_64, true},        {"i686", EM_386, false},
        {"aarch64", EM_AARCH64, true},      {"armv7l", EM_ARM, false},
        {"riscv64", EM_RISCV, true},        {"riscv32", EM_RISCV, false},
        {"ppc64le", EM_PPC64, true},        {"ppc", EM_PPC, false},
        {"s390x", EM_S390, true},           {"mips64", EM_MIPS, true},
        {"something", std::nullopt, false},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(elf::machine_of_uname(c.name) == c.machine);
        CHECK(elf::is_64_by_uname(c.name) == c.is_64);
    }
}

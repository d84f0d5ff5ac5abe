// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/elf.hpp.
#include "format/elf.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "base/text.hpp"
#include "support/elf_builder.hpp"
#include "support/exact_copy.hpp"

using namespace kmodpp;
using namespace kmodpp::test;

namespace {

ElfBuilder sample(ElfTarget target = {}) {
    return ElfBuilder(target)
        .text(32)
        .info("license", "GPL")
        .no_bits(".bss", 1 << 30)
        .defined("local_function", ".text", 4, STB_LOCAL, STT_FUNC)
        .undefined("printk")
        .undefined_weak("maybe");
}

/// The error of parsing, or of reading the section; empty if both succeed.
std::string parse_error(const std::string& file, std::string_view section = {}) {
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    if (!image) {
        CHECK(image.error().kind == ErrorKind::malformed);
        return image.error().message;
    }
    const auto contents = image->contents(section);
    if (contents) return {};
    CHECK(contents.error().kind == ErrorKind::malformed);
    return contents.error().message;
}

/// Counts the slices that are read from a file.
class CountingSource final : public ByteSource {
public:
    explicit CountingSource(std::string_view text) : source_(as_bytes(text)) {}
    [[nodiscard]] std::uint64_t size() const override { return source_.size(); }
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override {
        ++slices;
        bytes += size;
        return source_.slice(offset, size);
    }
    std::size_t slices = 0;
    std::uint64_t bytes = 0;

private:
    MemorySource source_;
};

}  // namespace

TEST_CASE("ElfImage: reads headers, sections and symbols of every class and order") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        const std::string file = sample(target).build();
        MemorySource source(as_bytes(file));
        const auto parsed = elf::Image::parse(source);
        REQUIRE(parsed.has_value());
        const elf::Image& image = *parsed;
        CHECK(image.is_64() == target.is_64);
        CHECK(image.word_size() == (target.is_64 ? 8 : 4));
        CHECK(image.order() == target.order);
        CHECK(image.e_type() == ET_REL);
        CHECK(image.e_machine() == target.e_machine);

        std::vector<std::string_view> names;
        for (const elf::Section& section : image.sections())
            names.push_back(section.name);
        CHECK(names == std::vector<std::string_view>{"", ".text", ".modinfo", ".bss",
                                                     ".symtab", ".strtab", ".shstrtab"});
        const elf::Section* text = image.find(".text");
        REQUIRE(text != nullptr);
        CHECK(text->sh_type == SHT_PROGBITS);
        CHECK(text->sh_flags == (SHF_ALLOC | SHF_EXECINSTR));
        CHECK(text->sh_addralign == 16);
        CHECK(text->sh_size == 32);
        CHECK(image.find(".data") == nullptr);
        CHECK(as_text(image.contents(".modinfo").value()) ==
              std::string_view("license=GPL\0", 12));
        CHECK(image.contents(".data").value().empty());

        const auto symbols = image.symbols();
        REQUIRE(symbols.has_value());
        REQUIRE(symbols->size() == 3);
        const elf::Symbol& local = symbols->at(0);
        CHECK(local.name == "local_function");
        CHECK(local.binding == STB_LOCAL);
        CHECK(local.type == STT_FUNC);
        CHECK(local.st_shndx == 1);
        CHECK(local.st_value == 4);
        CHECK(local.st_size == 0);
        CHECK(symbols->at(1).name == "printk");
        CHECK(symbols->at(1).st_shndx == SHN_UNDEF);
        CHECK(symbols->at(2).binding == STB_WEAK);
    }
}

TEST_CASE("ElfImage: accepts files of any type") {
    const std::string file = sample().type(ET_EXEC).build();
    MemorySource source(as_bytes(file));
    CHECK(elf::Image::parse(source).value().e_type() == ET_EXEC);
}

TEST_CASE("ElfImage: reads only the headers, with one slice per table") {
    const std::string file = sample().text(1 << 20).build();
    CountingSource source(file);
    REQUIRE(elf::Image::parse(source).has_value());
    CHECK(source.slices == 3);
    CHECK(source.bytes < 1024);
}

TEST_CASE("ElfImage: a module without symbol table has no symbols") {
    const std::string file = sample().stripped().build();
    MemorySource source(as_bytes(file));
    CHECK(elf::Image::parse(source).value().symbols().value().empty());
}

TEST_CASE("ElfImage: takes extended numbers from the first section header") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        std::string file = sample(target).build();
        patch_section(file, 0, "sh_size", 7);
        patch_header(file, "e_shnum", 0);
        patch_section(file, 0, "sh_link", 6);
        patch_header(file, "e_shstrndx", SHN_XINDEX);
        MemorySource source(as_bytes(file));
        const auto image = elf::Image::parse(source);
        REQUIRE(image.has_value());
        CHECK(image->sections().size() == 7);
        CHECK(image->find(".modinfo") != nullptr);

        std::string huge = file;
        patch_section(huge, 0, "sh_size", 0xffffffffffffffff);
        CHECK(parse_error(huge).find("do not fit into a file") != std::string::npos);
        patch_section(file, 0, "sh_link", 7);
        CHECK(parse_error(file).find("index 7 is not one of the 7 sections") !=
              std::string::npos);
    }
}

TEST_CASE("ElfImage: names the fault of a damaged file") {
    const struct {
        std::string_view name;
        std::function<void(std::string&)> damage;
        std::string_view expected;
    } cases[] = {
        {"empty", [](std::string& f) { f.clear(); }, "not an ELF file (it is empty)"},
        {"gzip", [](std::string& f) { f = "\x1f\x8b\x08rest of it"; },
         "not an ELF file (magic 1f 8b 08 72)"},
        {"magic", [](std::string& f) { patch_header(f, "EI_MAG0", 0x7e); },
         "not an ELF file (magic 7e 45 4c 46)"},
        {"ident cut", [](std::string& f) { f.resize(15); },
         "the ELF identification is cut off after 15 of 16 bytes"},
        {"header cut", [](std::string& f) { f.resize(63); },
         "the ELF header is cut off after 63 of 64 bytes"},
        {"class", [](std::string& f) { patch_header(f, "EI_CLASS", 3); },
         "unknown ELF class 3"},
        {"data", [](std::string& f) { patch_header(f, "EI_DATA", 0); },
         "unknown ELF byte order 0"},
        {"ident version", [](std::string& f) { patch_header(f, "EI_VERSION", 2); },
         "unknown ELF version 2"},
        {"version", [](std::string& f) { patch_header(f, "e_version", 0); },
         "unknown ELF version 0"},
        {"shentsize", [](std::string& f) { patch_header(f, "e_shentsize", 40); },
         "section headers of 40 bytes, where 64 are expected"},
        {"no table", [](std::string& f) { patch_header(f, "e_shoff", 0); },
         "no section header table"},
        {"table outside",
         [](std::string& f) { patch_header(f, "e_shoff", 0xfffffffffffffff0); },
         "section header table: runs past the end of the file: offset "
         "0xfffffffffffffff0"},
        {"too many sections", [](std::string& f) { patch_header(f, "e_shnum", 0xfeff); },
         "section header table: 65279 entries of 64 bytes do not fit into a file"},
        {"no name table", [](std::string& f) { patch_header(f, "e_shstrndx", 0); },
         "section name table: index 0 is not one of the 7 sections"},
        {"name table index", [](std::string& f) { patch_header(f, "e_shstrndx", 7); },
         "section name table: index 7 is not one of the 7 sections"},
        {"name table outside",
         [](std::string& f) { patch_section(f, 6, "sh_offset", 0x10000); },
         "section section name table: runs past the end of the file: offset 0x10000"},
        {"name table without bytes",
         [](std::string& f) { patch_section(f, 6, "sh_type", SHT_NOBITS); },
         "section name table has no bytes in the file"},
        {"name table empty", [](std::string& f) { patch_section(f, 6, "sh_size", 0); },
         "section 6 (section name table): not terminated"},
        {"name table not terminated",
         [](std::string& f) { patch_section(f, 6, "sh_size", 20); },
         "section 6 (section name table): not terminated"},
        {"name outside", [](std::string& f) { patch_section(f, 2, "sh_name", 0x1000); },
         "section 2: name offset 0x1000 lies outside a name table of 0x2f bytes"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        std::string file = sample().build();
        c.damage(file);
        const std::string error = parse_error(file);
        CAPTURE(error);
        CHECK(error.find(c.expected) != std::string::npos);
    }
}

TEST_CASE("ElfImage: names that share one long string take linear time and memory") {
    // Files of growing size in which all sections and symbols have the same long name.
    for (const std::size_t length : {1u << 12, 1u << 16, 1u << 20}) {
        ElfBuilder builder;
        const std::string name(length, 'n');
        builder.section(name, "x").defined(name, name);
        for (int i = 0; i < 20; ++i) builder.section(cat("s", i), "x");
        for (int i = 0; i < 20; ++i) builder.undefined(cat("u", i));
        std::string file = builder.build();
        const std::uint64_t sections = 20;
        for (std::uint64_t i = 2; i < sections; ++i) patch_section(file, i, "sh_name", 1);
        MemorySource source(as_bytes(file));
        const auto image = elf::Image::parse(source);
        REQUIRE(image.has_value());
        std::size_t bytes = 0;
        for (const elf::Section& section : image->sections())
            bytes += section.name.size();
        CHECK(bytes <= image->sections().size() * (elf::kMaxName + 1));
        CHECK(image->sections()[1].name.size() == elf::kMaxName + 1);
        const auto symbols = image->symbols();
        REQUIRE(symbols.has_value());
        for (const elf::Symbol& symbol : *symbols)
            CHECK(symbol.name.size() <= elf::kMaxName + 1);
    }
}

TEST_CASE("ElfImage: reports a bad section range when the contents are read") {
    std::string file = sample().build();
    patch_section(file, 2, "sh_offset", 0x40);
    patch_section(file, 2, "sh_size", 0xffffffffffffffff);
    CHECK(parse_error(file).empty());
    CHECK(parse_error(file, ".modinfo") ==
          cat("section 2 (.modinfo): runs past the end of the file: offset 0x40, size "
              "0xffffffffffffffff in a file of ",
              hex(file.size()), " bytes"));
    CHECK(parse_error(file, ".bss") == "section 3 (.bss) has no bytes in the file");
}

TEST_CASE("ElfImage: describes a copied section with its number") {
    const std::string file = sample().build();
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    REQUIRE(image.has_value());
    const elf::Section copy = *image->find(".text");
    CHECK(image->describe(copy) == "section .text");
    CHECK(image->describe(image->sections()[1]) == "section 1 (.text)");
}

TEST_CASE("ElfImage: names the fault of a damaged symbol table") {
    const struct {
        std::string_view name;
        std::function<void(std::string&)> damage;
        std::string_view expected;
    } cases[] = {
        {"entry size", [](std::string& f) { patch_section(f, 4, "sh_entsize", 16); },
         "section 4 (.symtab): symbols of 16 bytes, where 24 are expected"},
        {"size", [](std::string& f) { patch_section(f, 4, "sh_size", 25); },
         "section 4 (.symtab): size 0x19 is not a multiple of 24"},
        {"outside", [](std::string& f) { patch_section(f, 4, "sh_size", 24 << 20); },
         "section 4 (.symtab): runs past the end of the file"},
        {"no strings", [](std::string& f) { patch_section(f, 4, "sh_link", 0); },
         "section 4 (.symtab): string table: index 0 is not one of the 7 sections"},
        {"strings index", [](std::string& f) { patch_section(f, 4, "sh_link", 7); },
         "section 4 (.symtab): string table: index 7 is not one of the 7 sections"},
        {"strings not terminated",
         [](std::string& f) { patch_section(f, 5, "sh_size", 5); },
         "section 4 (.symtab): string table: not terminated"},
        {"strings empty", [](std::string& f) { patch_section(f, 5, "sh_size", 0); },
         "section 4: symbol 1: name offset 0x1 lies outside a string table of 0x0 bytes"},
        {"name outside",
         [](std::string& f) { patch_symbol(f, "printk", "st_name", 0xffffffff); },
         "section 4: symbol 2: name offset 0xffffffff lies outside a string table"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        std::string file = sample().build();
        c.damage(file);
        MemorySource source(as_bytes(file));
        const auto image = elf::Image::parse(source);
        REQUIRE(image.has_value());
        const auto symbols = image->symbols();
        REQUIRE_FALSE(symbols.has_value());
        CAPTURE(symbols.error().message);
        CHECK(symbols.error().kind == ErrorKind::malformed);
        CHECK(symbols.error().message.find(c.expected) != std::string::npos);
    }
}

TEST_CASE("ElfImage: refuses every truncation of a file") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        const std::string file = sample(target).build();
        for (std::size_t size = 0; size < file.size(); ++size) {
            CAPTURE(size);
            // The section headers are at the end, so that no prefix has all of them.
            const ExactCopy prefix(std::string_view(file).substr(0, size));
            MemorySource source(prefix.bytes());
            CHECK_FALSE(elf::Image::parse(source).has_value());
        }
    }
}

TEST_CASE("ElfImage: survives any single changed byte") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        const std::string file = sample(target).build();
        std::size_t parsed = 0;
        for (std::size_t at = 0; at < file.size(); ++at)
            for (const char value : {'\0', '\x01', '\x7f', '\x80', '\xff'}) {
                ExactCopy copy(file);
                copy.set(at, value);
                MemorySource source(copy.bytes());
                const auto image = elf::Image::parse(source);
                if (!image) {
                    CHECK_FALSE(image.error().message.empty());
                    continue;
                }
                ++parsed;
                for (const elf::Section& section : image->sections())
                    if (const auto contents = image->contents(section))
                        CHECK(contents->size() == section.sh_size);
                if (const auto symbols = image->symbols())
                    CHECK(symbols->size() < file.size());
            }
        CHECK(parsed > 0);
    }
}

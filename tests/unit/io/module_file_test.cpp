// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "base/text.hpp"
#include "io/module_file.hpp"
#include "support/packers.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;
using io::Compression;

namespace {

struct ModuleFixture {
    [[nodiscard]] Result<io::ModuleFile> open(std::string_view path) const {
        auto root = io::Root::open(directory.string());
        REQUIRE(root);
        return io::ModuleFile::open(*root, path);
    }
    [[nodiscard]] io::ModuleFile opened(std::string_view path) const {
        auto file = open(path);
        REQUIRE_MESSAGE(file, file.error().message);
        return *std::move(file);
    }
    test::TemporaryDirectory directory;
};

std::string text_of(const Result<Bytes>& bytes) {
    REQUIRE_MESSAGE(bytes, bytes.error().message);
    return std::string(as_text(*bytes));
}

}  // namespace

TEST_CASE("ModuleFile: slices contain the unpacked contents") {
    const ModuleFixture fixture;
    const std::string text = test::sample(100'000);
    for (const Compression compression :
         {Compression::none, Compression::gzip, Compression::xz, Compression::zstd}) {
        CAPTURE(std::string(io::to_string(compression)));
        const std::string packed = test::pack(compression, text);
        // Compression is detected from the contents, not from the name.
        fixture.directory.write("m.ko", packed);
        io::ModuleFile file = fixture.opened("/m.ko");
        CHECK(file.path() == fixture.directory.string() + "/m.ko");
        CHECK(file.fd() >= 0);
        CHECK(file.compression() == compression);
        CHECK(file.file_size() == packed.size());
        CHECK(file.size() == text.size());

        const std::pair<std::size_t, std::size_t> ranges[] = {
            {0, 0},       {0, 64},      {4090, 10},      {4096, 4096},
            {99'990, 10}, {100'000, 0}, {50'000, 1},     {49'000, 3000},
            {8191, 2},    {0, 100'000}, {12'345, 54'321}};
        for (const auto& [offset, size] : ranges) {
            CAPTURE(offset);
            CHECK(text_of(file.slice(offset, size)) == text.substr(offset, size));
        }
        CHECK(text_of(file.contents()) == text);

        for (const auto& [offset, size] :
             {std::pair<std::uint64_t, std::uint64_t>{100'000, 1},
              {100'001, 0},
              {99'999, 2},
              {UINT64_MAX, 1},
              {1, UINT64_MAX}}) {
            const auto slice = file.slice(offset, size);
            REQUIRE_FALSE(slice);
            CHECK(slice.error().kind == ErrorKind::malformed);
            CHECK(slice.error().message.starts_with(
                "runs past the end of the file: offset "));
        }
    }
}

TEST_CASE("ModuleFile: slices stay valid while others are read and the file moves") {
    const ModuleFixture fixture;
    const std::string text = test::sample(1'000'000);
    fixture.directory.write("m.ko", text);
    io::ModuleFile file = fixture.opened("/m.ko");
    const auto first = file.slice(123'456, 100);
    for (std::size_t at = 0; at < text.size(); at += 5000)
        CHECK(text_of(file.slice(at, 50)) == text.substr(at, 50));
    // Overlapping slices of half the file are served without a copy for each.
    for (std::size_t at = 0; at < 500; ++at)
        CHECK(file.slice(at * 7, 500'000)->size() == 500'000);
    io::ModuleFile moved(std::move(file));
    CHECK(text_of(moved.contents()) == text);
    CHECK(text_of(first) == text.substr(123'456, 100));
}

TEST_CASE("ModuleFile: an empty file has no bytes") {
    const ModuleFixture fixture;
    fixture.directory.write("m.ko", "");
    io::ModuleFile file = fixture.opened("m.ko");
    CHECK(file.size() == 0);
    CHECK(file.compression() == Compression::none);
    CHECK(text_of(file.contents()).empty());
    CHECK(text_of(file.slice(0, 0)).empty());
    CHECK_FALSE(file.slice(0, 1));
}

TEST_CASE("ModuleFile: only regular files are modules") {
    const ModuleFixture fixture;
    fixture.directory.write("directory/file", "");
    REQUIRE(::mkfifo((fixture.directory.string() + "/fifo").c_str(), 0600) == 0);
    boost::filesystem::create_symlink("fifo", fixture.directory.path() / "link");
    for (const char* path : {"/directory", "/fifo", "/link", "/"}) {
        CAPTURE(std::string(path));
        const auto file = fixture.open(path);
        REQUIRE_FALSE(file);
        CHECK(file.error().kind == ErrorKind::malformed);
        CHECK(file.error().message ==
              fixture.directory.string() + path + ": not a regular file");
    }
    const auto host = io::Root::open("/");
    REQUIRE(host);
    const auto device = io::ModuleFile::open(*host, "/dev/null");
    REQUIRE_FALSE(device);
    CHECK(device.error().message == "/dev/null: not a regular file");
    const auto missing = fixture.open("/missing.ko");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);
}

TEST_CASE("ModuleFile: does not open a file larger than the limit") {
    const ModuleFixture fixture;
    fixture.directory.write("m.ko", "");
    const std::string path = fixture.directory.string() + "/m.ko";
    REQUIRE(::truncate(path.c_str(), static_cast<off_t>(io::kMaxModuleSize) + 1) == 0);
    const auto file = fixture.open("/m.ko");
    REQUIRE_FALSE(file);
    CHECK(file.error().kind == ErrorKind::malformed);
    CHECK(file.error().message.find("larger than the 536870912") != std::string::npos);
}

TEST_CASE("ModuleFile: refuses a file that unpacks to much more than a module") {
    CHECK(io::unpacked_limit(0) == io::kSmallModuleSize);
    CHECK(io::unpacked_limit(io::kSmallModuleSize / io::kMaxRatio + 1) ==
          io::kSmallModuleSize + io::kMaxRatio);
    CHECK(io::unpacked_limit(io::kMaxModuleSize) == io::kMaxModuleSize);
    CHECK(io::unpacked_limit(UINT64_MAX) == io::kMaxModuleSize);

    const ModuleFixture fixture;
    const std::string zeros(io::kSmallModuleSize, '\0');
    fixture.directory.write("m.ko.zst", test::pack(Compression::zstd, zeros));
    CHECK(fixture.opened("/m.ko.zst").size() == zeros.size());
    fixture.directory.write("m.ko.zst", test::pack(Compression::zstd, zeros + "x"));
    io::ModuleFile file = fixture.opened("/m.ko.zst");
    const auto slice = file.slice(0, 4);
    REQUIRE_FALSE(slice);
    CHECK(slice.error().message == "zstd: decompressed size exceeds 67108864 bytes");
}

TEST_CASE(
    "ModuleFile: a file that cannot be unpacked fails with the same error each time") {
    const ModuleFixture fixture;
    const std::string packed = test::pack(Compression::xz, test::sample(5000));
    fixture.directory.write("m.ko.xz", packed.substr(0, packed.size() - 1));
    io::ModuleFile file = fixture.opened("/m.ko.xz");
    CHECK(file.size() == 0);
    for (int i = 0; i < 2; ++i) {
        const auto slice = file.slice(0, 4);
        REQUIRE_FALSE(slice);
        CHECK(slice.error().kind == ErrorKind::malformed);
        CHECK(slice.error().message == "xz: truncated");
        const auto contents = file.contents();
        REQUIRE_FALSE(contents);
        CHECK(contents.error().message == slice.error().message);
    }
}

TEST_CASE("ModuleFile: a file truncated while it is open is an error, not a signal") {
    const ModuleFixture fixture;
    for (const Compression compression : {Compression::none, Compression::zstd}) {
        fixture.directory.write("m.ko", test::pack(compression, test::sample(400'000)));
        io::ModuleFile file = fixture.opened("/m.ko");
        REQUIRE(::truncate(file.path().c_str(), 10'000) == 0);
        const auto slice = file.slice(20'000, 100);
        REQUIRE_FALSE(slice);
        CHECK(slice.error().kind == ErrorKind::malformed);
        CHECK(slice.error().message ==
              std::string("truncated while it was read: it now ends before 0x") +
                  (compression == Compression::none ? "4000" : "2710"));
    }
}

TEST_CASE("ModuleFile: visit() passes the bytes of a range in order, compressed or not") {
    const ModuleFixture fixture;
    const std::string text = test::sample(300'000);
    for (const Compression compression : {Compression::none, Compression::zstd}) {
        fixture.directory.write("m.ko", test::pack(compression, text));
        for (const auto& [offset, size] :
             {std::pair<std::size_t, std::size_t>{0, 300'000},
              {5, 200'000},
              {299'999, 1},
              {300'000, 0}}) {
            CAPTURE(offset);
            io::ModuleFile file = fixture.opened("/m.ko");
            std::string seen;
            REQUIRE(
                file.visit(offset, size, [&](Bytes piece) { seen += as_text(piece); }));
            CHECK(seen == text.substr(offset, size));
        }
        const auto past = fixture.opened("/m.ko").visit(1, 300'000, [](Bytes) {});
        REQUIRE_FALSE(past);
        CHECK(past.error().message.starts_with("runs past the end of the file: "));
    }
}

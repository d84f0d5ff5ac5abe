// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "io/buffer.hpp"
#include "io/file.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

namespace {

io::Fd open_for_reading(const std::string& path) {
    return io::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("Fd: closes its descriptor once") {
    int number = -1;
    {
        io::Fd first = open_for_reading("/dev/null");
        REQUIRE(first);
        number = first.get();
        io::Fd second(std::move(first));
        CHECK_FALSE(first);
        CHECK(second.get() == number);
        io::Fd third;
        third = std::move(second);
        CHECK(third.get() == number);
        CHECK(is_open(number));
    }
    CHECK_FALSE(is_open(number));

    io::Fd kept = open_for_reading("/dev/null");
    const io::Fd taken(kept.release());
    CHECK_FALSE(kept);
    CHECK(is_open(taken.get()));
}

TEST_CASE("Buffer: keeps its bytes when it grows or is moved") {
    io::Buffer buffer;
    CHECK(buffer.bytes().empty());
    REQUIRE(buffer.reserve(2));
    buffer.spare()[0] = std::byte{'a'};
    buffer.spare()[1] = std::byte{'b'};
    buffer.extend(2);
    CHECK(buffer.spare().empty());
    REQUIRE(buffer.reserve(1u << 20));
    CHECK(buffer.spare().size() == (1u << 20) - 2);
    io::Buffer moved(std::move(buffer));
    CHECK(as_text(moved.bytes()) == "ab");
    CHECK(buffer.bytes().empty());
    buffer = std::move(moved);
    CHECK(as_text(buffer.bytes()) == "ab");
}

TEST_CASE("read_all: reads files, pipes and files without a size up to the limit") {
    const test::TemporaryDirectory directory;
    for (const std::size_t size : {0u, 1u, 4095u, 4096u, 4097u, 100'000u}) {
        CAPTURE(size);
        const std::string text(size, 'x');
        directory.write("file", text);
        const auto all =
            io::read_all(open_for_reading(directory.string() + "/file").get(), size);
        REQUIRE(all);
        CHECK(*all == text);
        if (size == 0) continue;
        const auto too_large =
            io::read_all(open_for_reading(directory.string() + "/file").get(), size - 1);
        REQUIRE_FALSE(too_large);
        CHECK(too_large.error().kind == ErrorKind::malformed);
        CHECK(too_large.error().message.starts_with("larger than "));
    }

    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const io::Fd reader(ends[0]);
    const std::string text(200'000, 'y');
    const std::jthread writer([&] {
        const io::Fd end(ends[1]);
        static_cast<void>(io::write_all(end.get(), text));
    });
    const auto piped = io::read_all(reader.get(), 1u << 20);
    REQUIRE(piped);
    CHECK(*piped == text);

    const auto status = io::read_all(open_for_reading("/proc/self/status").get(), 65'536);
    REQUIRE(status);
    CHECK(status->starts_with("Name:"));
}

TEST_CASE("read_all, write_all: return the errors of the system") {
    const auto directory = io::read_all(open_for_reading("/").get(), 10);
    REQUIRE_FALSE(directory);
    CHECK(directory.error().code == EISDIR);
    const auto full = io::write_all(io::Fd(::open("/dev/full", O_WRONLY)).get(), "text");
    REQUIRE_FALSE(full);
    CHECK(full.error().code == ENOSPC);
    CHECK(full.error().message.starts_with("cannot write: "));
}

TEST_CASE("read_at: fills the buffer, or reports where the file ends") {
    const test::TemporaryDirectory directory;
    directory.write("file", "0123456789");
    const io::Fd fd = open_for_reading(directory.string() + "/file");
    std::array<std::byte, 4> four{};
    REQUIRE(io::read_at(fd.get(), four, 6));
    CHECK(as_text(four) == "6789");
    const auto status = io::read_at(fd.get(), four, 7);
    REQUIRE_FALSE(status);
    CHECK(status.error().kind == ErrorKind::malformed);
    CHECK(status.error().message.find("now ends before 0xa") != std::string::npos);
}

namespace {

Result<io::LazyFile> open_lazily(const std::string& path, std::uint64_t limit) {
    return io::LazyFile::open(open_for_reading(path), limit);
}

/// Much longer than what a few slices read.
std::string long_contents() {
    std::string contents;
    for (int i = 0; i < 300'000; ++i) contents += static_cast<char>('a' + i % 23);
    return contents;
}

}  // namespace

TEST_CASE("LazyFile: opens regular files within the limit, including empty ones") {
    const test::TemporaryDirectory directory;
    directory.write("empty", "");
    directory.write("file", "contents");
    auto empty = open_lazily(directory.string() + "/empty", 0);
    REQUIRE(empty);
    CHECK(empty->size() == 0);
    CHECK(empty->slice(0, 0)->empty());

    auto file = open_lazily(directory.string() + "/file", 8);
    REQUIRE(file);
    io::LazyFile moved(*std::move(file));
    CHECK(as_text(*moved.slice(0, 8)) == "contents");
    CHECK(as_text(*moved.slice(3, 2)) == "te");
    CHECK(moved.slice(7, 2).error().message ==
          "runs past the end of the file: offset 0x7, size 0x2 in a file of 0x8 bytes");

    const auto large = open_lazily(directory.string() + "/file", 7);
    REQUIRE_FALSE(large);
    CHECK(large.error().message == "8 bytes, larger than the 7 allowed");
    const auto folder = open_lazily(directory.string(), 7);
    REQUIRE_FALSE(folder);
    CHECK(folder.error().kind == ErrorKind::malformed);
    CHECK(folder.error().message == "not a regular file");
}

TEST_CASE("LazyFile: reads a part once, when it or what follows it is needed") {
    const test::TemporaryDirectory directory;
    const std::string contents = long_contents();
    directory.write("file", contents);
    auto file = open_lazily(directory.string() + "/file", 1u << 20);
    REQUIRE(file);
    CHECK(file->bytes_read() == 0);
    CHECK(as_text(*file->slice(100'000, 500)) == contents.substr(100'000, 500));
    const std::uint64_t block = file->bytes_read();
    CHECK(block <= 32u << 10);
    CHECK(as_text(*file->slice(100'100, 50)) == contents.substr(100'100, 50));
    // A search in an index goes on before the node that it has read.
    CHECK(as_text(*file->slice(99'000, 300)) == contents.substr(99'000, 300));
    CHECK(file->bytes_read() == block);
    CHECK(as_text(*file->slice(0, contents.size())) == contents);
    CHECK(file->bytes_read() <= contents.size() + block);
}

TEST_CASE("LazyFile: slices remain valid after many others") {
    const test::TemporaryDirectory directory;
    const std::string contents = long_contents();
    directory.write("file", contents);
    auto file = open_lazily(directory.string() + "/file", 1u << 20);
    REQUIRE(file);
    std::vector<std::string_view> slices;
    for (std::size_t i = 0; i < 100; ++i)
        slices.push_back(as_text(*file->slice(i * 2'900, 400)));
    for (std::size_t i = 0; i < 100; ++i)
        CHECK(slices[i] == contents.substr(i * 2'900, 400));
    CHECK(as_text(*file->slice(contents.size() - 3, 3)) ==
          contents.substr(contents.size() - 3));
}

TEST_CASE("LazyFile: a file truncated while it is open is an error, not a signal") {
    const test::TemporaryDirectory directory;
    directory.write("file", std::string(100'000, 'x'));
    const std::string path = directory.string() + "/file";
    auto file = open_lazily(path, 1u << 20);
    REQUIRE(file);
    REQUIRE(file->slice(0, 10));
    REQUIRE(::truncate(path.c_str(), 50) == 0);
    CHECK(file->slice(0, 10));  // was read before
    const auto lost = file->slice(90'000, 10);
    REQUIRE_FALSE(lost);
    CHECK(lost.error().kind == ErrorKind::malformed);
    CHECK(lost.error().message.contains("truncated while it was read"));
}

TEST_CASE("LazyFile: does not read from a descriptor that the program has replaced") {
    const test::TemporaryDirectory directory;
    directory.write("file", std::string(100, 'x'));
    directory.write("other", std::string(100, 'y'));
    io::Fd fd = open_for_reading(directory.string() + "/file");
    const int number = fd.get();
    auto file = io::LazyFile::open(std::move(fd), 1u << 20);
    REQUIRE(file);
    const io::Fd other = open_for_reading(directory.string() + "/other");
    REQUIRE(::dup2(other.get(), number) == number);
    const auto bytes = file->slice(0, 10);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().code == EBADF);
}

TEST_CASE("read_named: waits for a FIFO only while it has a writer") {
    using namespace std::chrono_literals;
    const test::TemporaryDirectory directory;
    const std::string path = directory.string() + "/fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);

    const auto nobody = io::read_named(path, 100, 10ms);
    REQUIRE_FALSE(nobody.has_value());
    CHECK(nobody.error().message == path + ": no process opened the FIFO for writing");
    CHECK(nobody.error().code == ETIMEDOUT);

    // With a writer, reads until the writer closes the FIFO.
    std::thread writer([&path] {
        const io::Fd fifo(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        std::this_thread::sleep_for(50ms);
        static_cast<void>(io::write_all(fifo.get(), "late "));
        std::this_thread::sleep_for(50ms);
        static_cast<void>(io::write_all(fifo.get(), "but whole"));
    });
    CHECK(io::read_named(path, 100, 10s).value_or("") == "late but whole");
    writer.join();

    std::thread big([&path] {
        const io::Fd fifo(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        static_cast<void>(io::write_all(fifo.get(), std::string(200, 'x')));
    });
    const auto large = io::read_named(path, 100, 10s);
    big.join();
    REQUIRE_FALSE(large.has_value());
    CHECK(large.error().message == path + ": larger than 100 bytes");
}

TEST_CASE(
    "read_named: reads files to their end, devices to the limit, and no directories") {
    using namespace std::chrono_literals;
    const test::TemporaryDirectory directory;
    directory.write("file", "text");
    CHECK(io::read_named(directory.string() + "/file", 4, 1s).value_or("") == "text");
    CHECK(io::read_named("/dev/null", 4, 1s).value_or("x").empty());
    CHECK_FALSE(io::read_named("/dev/zero", 4, 1s).has_value());
    CHECK_FALSE(io::read_named(directory.string(), 4, 1s).has_value());
    CHECK(io::read_named(directory.string() + "/none", 4, 1s).error().kind ==
          ErrorKind::not_found);
}

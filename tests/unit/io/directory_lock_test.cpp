// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "io/directory_lock.hpp"
#include "support/driverless_device.hpp"
#include "unit/io/set_directory.hpp"

using namespace kmodpp;

namespace {

/// Mode bits that every file appears to have, as on vfat.
std::atomic<mode_t> fixed_mode = 0;

struct FixedModes {
    FixedModes() { fixed_mode = 0755; }
    FixedModes(const FixedModes&) = delete;
    ~FixedModes() { fixed_mode = 0; }
};

}  // namespace

// Replaces fstat() of the C library in the whole program.
extern "C" int fstat(int fd, struct stat* status) noexcept {
    const int result = ::fstatat(fd, "", status, AT_EMPTY_PATH);
    if (result == 0 && S_ISREG(status->st_mode)) status->st_mode |= fixed_mode;
    return result;
}

namespace {

constexpr uid_t kOtherUser = 65534;

struct LockFixture : test::SetDirectory {
    LockFixture() : fd(::open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        REQUIRE(fd);
    }
    [[nodiscard]] std::string file() const { return cat(path(), "/", io::kLockFile); }
    [[nodiscard]] bool has_file() const { return ::access(file().c_str(), F_OK) == 0; }
    [[nodiscard]] Result<io::DirectoryLock> take() const {
        return io::DirectoryLock::take(fd.get(), "DIR");
    }
    /// Leaves the lock file of a killed process behind.
    void kill_a_holder() const {
        int ready[2];
        REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const auto lock = take();
            const char done = lock && *lock ? '+' : '-';
            if (::write(ready[1], &done, 1) != 1) ::_exit(1);
            ::pause();
            ::_exit(0);
        }
        ::close(ready[1]);
        char done = 0;
        CHECK(::read(ready[0], &done, 1) == 1);
        CHECK(done == '+');
        ::close(ready[0]);
        ::kill(child, SIGKILL);
        REQUIRE(::waitpid(child, nullptr, 0) == child);
    }
    io::Fd fd;
};

}  // namespace

TEST_CASE("DirectoryLock: the lock file has mode 0600 and is removed with the lock") {
    const LockFixture fixture;
    const mode_t mask = ::umask(0);
    {
        const auto lock = fixture.take();
        REQUIRE_MESSAGE(lock, lock.error().message);
        CHECK(*lock);
        struct stat status {};
        REQUIRE(::stat(fixture.file().c_str(), &status) == 0);
        CHECK(status.st_mode == (S_IFREG | 0600));
        CHECK(status.st_size == 0);
    }
    ::umask(mask);
    CHECK_FALSE(fixture.has_file());
}

TEST_CASE("DirectoryLock: a lock of the directory itself does not block it") {
    const LockFixture fixture;
    const io::Fd other(::open(fixture.path().c_str(), O_RDONLY | O_DIRECTORY));
    REQUIRE(::flock(other.get(), LOCK_EX) == 0);
    const auto lock = fixture.take();
    CHECK((lock && *lock));
}

TEST_CASE("DirectoryLock: has one holder at a time, each with a file of its own") {
    const LockFixture fixture;
    constexpr int kHolders = 4;
    constexpr int kRounds = 200;
    std::atomic<int> counter =
        0;  // not incremented atomically: the lock has to protect it
    {
        std::vector<std::jthread> holders;
        for (int i = 0; i < kHolders; ++i)
            holders.emplace_back([&] {
                for (int round = 0; round < kRounds; ++round) {
                    const auto lock = fixture.take();
                    if (!lock || !*lock) return;
                    const int before = counter;
                    std::this_thread::yield();
                    counter = before + 1;
                }
            });
    }
    CHECK(counter == kHolders * kRounds);
    CHECK_FALSE(fixture.has_file());
}

TEST_CASE("DirectoryLock: takes over the lock file of a killed process") {
    const LockFixture fixture;
    fixture.kill_a_holder();
    CHECK(fixture.has_file());
    {
        const auto lock = fixture.take();
        CHECK((lock && *lock));
    }
    CHECK_FALSE(fixture.has_file());
}

TEST_CASE("DirectoryLock: a holder does not remove the file of another one") {
    const LockFixture fixture;
    {
        const auto lock = fixture.take();
        REQUIRE((lock && *lock));
        REQUIRE(::unlink(fixture.file().c_str()) == 0);
        fixture.write(io::kLockFile, "of another");
    }
    CHECK(fixture.read(io::kLockFile) == "of another");
}

TEST_CASE("DirectoryLock: refuses a lock file that no holder can have left") {
    const struct {
        std::string_view what;
        std::function<int(const std::string&)> make;
        std::string_view why;
    } cases[] = {
        {"a link to a file",
         [](const auto& path) { return ::symlink("/etc/passwd", path.c_str()); },
         "is a symbolic link"},
        {"a dangling link",
         [](const auto& path) { return ::symlink("none", path.c_str()); },
         "is a symbolic link"},
        {"a FIFO", [](const auto& path) { return ::mkfifo(path.c_str(), 0600); },
         "is not a regular file"},
        {"a socket",
         [](const auto& path) { return ::mknod(path.c_str(), S_IFSOCK | 0600, 0); },
         "is not a regular file"},
        {"a device", test::make_driverless_device, "is not a regular file"},
        {"a directory", [](const auto& path) { return ::mkdir(path.c_str(), 0700); },
         "is not a regular file"},
        {"a file for everyone",
         [](const auto& path) {
             return ::mknod(path.c_str(), S_IFREG, 0) + ::chmod(path.c_str(), 0644);
         },
         "is accessible to other users"},
        {"a file for a group",
         [](const auto& path) {
             return ::mknod(path.c_str(), S_IFREG, 0) + ::chmod(path.c_str(), 0660);
         },
         "is accessible to other users"},
    };
    for (const auto& [what, make, why] : cases) {
        CAPTURE(what);
        const LockFixture fixture;
        REQUIRE(make(fixture.file()) == 0);
        const auto lock = fixture.take();
        REQUIRE_FALSE(lock);
        CHECK(lock.error().kind == ErrorKind::denied);
        CHECK(lock.error().message == cat("cannot lock DIR: .modules.lock ", why,
                                          "; remove it if no depmod is running there"));
        struct stat status {};
        CHECK(::lstat(fixture.file().c_str(), &status) == 0);
    }
}

TEST_CASE(
    "DirectoryLock: accepts another user's file only in that user's own directory") {
    // Only root can change the owner of a file.
    const LockFixture fixture;
    fixture.write(io::kLockFile, "");
    REQUIRE(::chmod(fixture.file().c_str(), 0600) == 0);
    if (::chown(fixture.file().c_str(), kOtherUser, kOtherUser) != 0) {
        CHECK(errno == EPERM);
        return;
    }
    const auto refused = fixture.take();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.contains("is owned by user 65534; remove it"));
    REQUIRE(::chown(fixture.path().c_str(), kOtherUser, kOtherUser) == 0);
    const auto lock = fixture.take();
    CHECK((lock && *lock));
}

TEST_CASE("DirectoryLock: with fixed modes, waits for a lock and reuses a stale one") {
    const LockFixture fixture;
    const FixedModes modes;
    fixture.kill_a_holder();
    REQUIRE(fixture.has_file());
    std::atomic<int> held = 0;
    std::vector<std::jthread> writers;
    for (int i = 0; i < 6; ++i)
        writers.emplace_back([&] {
            const auto lock = fixture.take();
            const bool taken = lock && *lock;
            CHECK(taken);
            CHECK(++held == 1);
            --held;
        });
    writers.clear();
    CHECK_FALSE(fixture.has_file());
    CHECK(fixture.contents().empty());
}

TEST_CASE("DirectoryLock: a removed directory cannot be locked") {
    const LockFixture fixture;
    REQUIRE(::rmdir(fixture.path().c_str()) == 0);
    const auto lock = fixture.take();
    REQUIRE_FALSE(lock);
    CHECK(lock.error().message == "cannot lock DIR: No such file or directory");
}

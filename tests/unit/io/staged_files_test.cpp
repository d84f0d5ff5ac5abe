// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "io/commit_record.hpp"
#include "io/staged_files.hpp"
#include "support/driverless_device.hpp"
#include "unit/io/set_directory.hpp"

using namespace kmodpp;

namespace {

using test::Contents;

struct StagedFixture : test::SetDirectory {
    [[nodiscard]] io::StagedFiles open(io::StageOptions options = {}) const {
        auto opened = io::Root::open(root());
        REQUIRE(opened);
        auto files = io::StagedFiles::open(*opened, "/set", options);
        REQUIRE_MESSAGE(files, files.error().message);
        return *std::move(files);
    }
    [[nodiscard]] struct stat stat(const std::string& name) const {
        struct stat status {};
        REQUIRE(::lstat((path() + "/" + name).c_str(), &status) == 0);
        return status;
    }
};

/// Writes beyond `bytes` fail with EFBIG during the lifetime of this object.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        handler_ = ::signal(SIGXFSZ, SIG_IGN);
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &old_) == 0);
        const rlimit limit{bytes, old_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &old_);
        ::signal(SIGXFSZ, handler_);
    }

private:
    rlimit old_{};
    void (*handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("StagedFiles: no change is visible before the commit, all of them after it") {
    for (const bool sync : {false, true}) {
        const StagedFixture fixture;
        fixture.write("a", "old a");
        fixture.write("gone", "old");
        {
            io::StagedFiles files = fixture.open({.sync = sync});
            REQUIRE(files.add("a", "new a"));
            REQUIRE(files.add("b", "new b"));
            REQUIRE(files.add("empty", ""));
            files.remove("gone");
            files.remove("never-there");
            CHECK(fixture.read("a") == "old a");
            CHECK(fixture.read("gone") == "old");
            CHECK_FALSE(fixture.contents().contains("b"));
            REQUIRE(files.commit());
            CHECK(fixture.contents() ==
                  Contents{{"a", "new a"}, {"b", "new b"}, {"empty", ""}});
        }
        CHECK(fixture.contents() ==
              Contents{{"a", "new a"}, {"b", "new b"}, {"empty", ""}});
    }
}

TEST_CASE("StagedFiles: without a commit nothing changes and no file is left") {
    const StagedFixture fixture;
    fixture.write("a", "old");
    {
        io::StagedFiles files = fixture.open();
        REQUIRE(files.add("a", "new"));
        REQUIRE(files.add("b", "new"));
        files.remove("a");
        CHECK(fixture.contents().size() == 2);
        io::StagedFiles moved(std::move(files));
        CHECK(fixture.contents().size() == 2);
    }
    CHECK(fixture.contents() == Contents{{"a", "old"}});
}

TEST_CASE("StagedFiles: the last change of a name applies") {
    const StagedFixture fixture;
    fixture.write("a", "old");
    fixture.write("b", "old");
    io::StagedFiles files = fixture.open();
    REQUIRE(files.add("a", "first"));
    REQUIRE(files.add("a", "second"));
    REQUIRE(files.add("b", "new"));
    files.remove("b");
    files.remove("c");
    REQUIRE(files.add("c", "new"));
    REQUIRE(files.commit());
    CHECK(fixture.contents() == Contents{{"a", "second"}, {"c", "new"}});

    REQUIRE(files.add("a", "third"));
    REQUIRE(files.add("a", "second"));
    REQUIRE(files.commit());
    CHECK(fixture.contents() == Contents{{"a", "second"}, {"c", "new"}});
}

TEST_CASE("StagedFiles: a file that would not change is left untouched") {
    const StagedFixture fixture;
    const std::string large(200'000, 'x');
    fixture.write("same", large);
    fixture.write("other", large);
    const struct stat same = fixture.stat("same");
    const struct stat other = fixture.stat("other");
    io::StagedFiles files = fixture.open();
    REQUIRE(files.add("same", large));
    REQUIRE(files.add("other", large.substr(1) + 'y'));
    REQUIRE(files.commit());
    const struct stat after = fixture.stat("same");
    CHECK(after.st_ino == same.st_ino);
    CHECK(after.st_mtim.tv_sec == same.st_mtim.tv_sec);
    CHECK(after.st_mtim.tv_nsec == same.st_mtim.tv_nsec);
    CHECK(after.st_ctim.tv_nsec == same.st_ctim.tv_nsec);
    CHECK(fixture.stat("other").st_ino != other.st_ino);
    CHECK(fixture.contents().size() == 2);
}

TEST_CASE("StagedFiles: new files have the requested mode with any umask") {
    const StagedFixture fixture;
    fixture.write("replaced", "old");
    REQUIRE(::chmod((fixture.path() + "/replaced").c_str(), 0600) == 0);
    const mode_t before = ::umask(0077);
    {
        io::StagedFiles files = fixture.open({.mode = 0664});
        REQUIRE(files.add("replaced", "new"));
        REQUIRE(files.add("made", "new"));
        REQUIRE(files.commit());
    }
    ::umask(before);
    CHECK((fixture.stat("replaced").st_mode & 07777) == 0664);
    CHECK((fixture.stat("made").st_mode & 07777) == 0664);
}

TEST_CASE("StagedFiles: a symlink is replaced, not written through") {
    const StagedFixture fixture;
    fixture.write("../target", "new");
    boost::filesystem::create_symlink("../target", fixture.root() + "/set/a");
    io::StagedFiles files = fixture.open();
    REQUIRE(files.add("a", "new"));
    REQUIRE(files.add("b", "new"));
    REQUIRE(files.commit());
    CHECK(S_ISREG(fixture.stat("a").st_mode));
    CHECK(fixture.read("../target") == "new");
}

TEST_CASE("StagedFiles: a device in place of a file is replaced without being opened") {
    const StagedFixture fixture;
    REQUIRE(test::make_driverless_device(fixture.path() + "/a") == 0);
    auto files = fixture.open();
    REQUIRE(files.add("a", "new"));
    REQUIRE(files.commit());
    CHECK(fixture.contents() == Contents{{"a", "new"}});
}

TEST_CASE(
    "StagedFiles: a device in place of the record is refused without being opened") {
    const StagedFixture fixture;
    REQUIRE(test::make_driverless_device(cat(fixture.path(), "/", io::kCommitRecord)) ==
            0);
    const auto root = io::Root::open(fixture.root());
    REQUIRE(root);
    const auto files = io::StagedFiles::open(*root, "/set", {});
    REQUIRE_FALSE(files);
    CHECK(files.error().message == cat(fixture.path(),
                                       ": cannot finish an interrupted update: "
                                       "Invalid argument"));
}

TEST_CASE("StagedFiles: a failed rename restores the old set") {
    for (const bool removal : {false, true}) {
        const StagedFixture fixture;
        fixture.write("a", "old a");
        fixture.write("gone", "old gone");
        boost::filesystem::create_directories(fixture.root() + "/set/z/inside");
        const Contents before = fixture.contents();
        io::StagedFiles files = fixture.open();
        REQUIRE(files.add("a", "new a"));
        REQUIRE(files.add("b", "new b"));
        files.remove("gone");
        if (removal)
            files.remove("z");
        else
            REQUIRE(files.add("z", "in the way"));
        const auto status = files.commit();
        REQUIRE_FALSE(status);
        CHECK(status.error().code == EISDIR);
        CHECK(status.error().message == cat("cannot ", removal ? "remove " : "replace ",
                                            fixture.root(), "/set/z: Is a directory"));
        CHECK(fixture.contents() == before);
        CHECK(files.commit().error().message == status.error().message);
        CHECK(fixture.contents() == before);
    }
}

TEST_CASE(
    "StagedFiles: a failed write is an error that names the file, and leaves no file") {
    const StagedFixture fixture;
    fixture.write("a", "old a");
    io::StagedFiles files = fixture.open();
    REQUIRE(files.add("a", "new a"));
    {
        const FileSizeLimit limit(1000);
        const auto status = files.add("b", std::string(2000, 'b'));
        REQUIRE_FALSE(status);
        CHECK(status.error().code == EFBIG);
        CHECK(status.error().message ==
              "cannot write " + fixture.path() + "/b: File too large");
    }
    CHECK(fixture.contents() == Contents{{"a", "old a"}});
    CHECK_FALSE(files.add("c", "c"));
    CHECK(files.commit().error().code == EFBIG);
    CHECK(fixture.contents() == Contents{{"a", "old a"}});
}

TEST_CASE("StagedFiles: only plain names are written or removed") {
    const StagedFixture fixture;
    fixture.write("../outside", "safe");
    for (const std::string& name :
         {std::string(), std::string("."), std::string(".."), std::string("../outside"),
          std::string("a/b"), std::string("/outside"), std::string("a\0b", 3)}) {
        CAPTURE(name);
        io::StagedFiles files = fixture.open();
        const auto status = files.add(name, "x");
        REQUIRE_FALSE(status);
        CHECK(status.error().message.ends_with("not a plain file name"));
        io::StagedFiles others = std::move(files);
        CHECK_FALSE(others.commit());
    }
    io::StagedFiles files = fixture.open();
    files.remove("../outside");
    CHECK_FALSE(files.commit());
    CHECK(fixture.read("../outside") == "safe");
}

TEST_CASE("StagedFiles: a name that the file system refuses is an error") {
    const StagedFixture fixture;
    io::StagedFiles files = fixture.open();
    const auto status = files.add(std::string(255, 'n'), "x");
    REQUIRE_FALSE(status);
    CHECK(status.error().code == ENAMETOOLONG);
    CHECK(status.error().message.starts_with("cannot create a file for "));
    CHECK(fixture.contents().empty());
}

TEST_CASE("StagedFiles: removes temporaries of a killed process, but no similar names") {
    const StagedFixture fixture;
    for (const char* name : {".a.abcDE9", ".gone.000000", ".a.abcde", ".a.abcdefg",
                             ".a.abc-de", ".other.abcdef", "a.abcdef", ".a.b.abcdef"})
        fixture.write(name, "left over");
    {
        io::StagedFiles files = fixture.open();
        REQUIRE(files.add("a", "a"));
        files.remove("gone");
        REQUIRE(files.commit());
    }
    Contents expected{{"a", "a"}};
    for (const char* name : {".a.abcde", ".a.abcdefg", ".a.abc-de", ".other.abcdef",
                             "a.abcdef", ".a.b.abcdef"})
        expected[name] = "left over";
    CHECK(fixture.contents() == expected);
}

TEST_CASE("StagedFiles: the error for a path that is not a directory contains the path") {
    const StagedFixture fixture;
    fixture.write("file", "");
    const auto root = io::Root::open(fixture.root());
    REQUIRE(root);
    const struct {
        const char* path;
        int code;
    } cases[] = {{"/missing", ENOENT}, {"/set/file", ENOTDIR}};
    for (const auto& item : cases) {
        const auto files = io::StagedFiles::open(*root, item.path);
        REQUIRE_FALSE(files);
        CHECK(files.error().code == item.code);
        CHECK(files.error().message.starts_with(
            cat("cannot open ", fixture.root(), item.path)));
    }
}

TEST_CASE("StagedFiles: a second writer waits, and each set stays complete") {
    const StagedFixture fixture;
    constexpr int kWriters = 4;
    constexpr int kRounds = 10;
    std::vector<pid_t> children;
    for (int writer = 0; writer < kWriters; ++writer) {
        const pid_t child = ::fork();
        if (child == 0) {
            for (int round = 0; round < kRounds; ++round) {
                const auto root = io::Root::open(fixture.root());
                if (!root) ::_exit(1);
                auto files = io::StagedFiles::open(*root, "/set", {.sync = false});
                if (!files) ::_exit(2);
                const std::string text = cat(writer, ':', round);
                for (const char* name : {"a", "b", "c"})
                    if (!files->add(name, text)) ::_exit(3);
                if (!files->commit()) ::_exit(4);
                // Still locked: no other writer can have replaced any of them.
                for (const char* name : {"/set/a", "/set/b", "/set/c"})
                    if (root->read_file(name, 100) != text) ::_exit(5);
            }
            ::_exit(0);
        }
        REQUIRE(child > 0);
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    const Contents found = fixture.contents();
    REQUIRE(found.size() == 3);
    CHECK(found.at("a") == found.at("b"));
    CHECK(found.at("b") == found.at("c"));
}

TEST_CASE("StagedFiles: the lock ends with the object") {
    const StagedFixture fixture;
    bool written = false;
    std::jthread second;
    {
        io::StagedFiles files = fixture.open();
        second = std::jthread([&] {
            io::StagedFiles others = fixture.open();
            written = others.add("a", "second") && others.commit();
        });
        REQUIRE(files.add("a", "first"));
        REQUIRE(files.commit());
        CHECK(fixture.read("a") == "first");
    }
    second.join();
    CHECK(written);
    CHECK(fixture.read("a") == "second");
}

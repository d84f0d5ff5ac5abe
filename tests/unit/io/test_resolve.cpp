// SPDX-License-Identifier: LGPL-2.1-or-later
// Both ways of resolving beneath a root, against one table.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/text.hpp"
#include "io/file.hpp"
#include "io/resolve.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

namespace {

namespace fs = boost::filesystem;

/// ROOT/root is the root; ROOT/outside and ROOT/outside.d must stay out of reach.
struct Tree {
    Tree() {
        directory.write("outside", "outside");
        directory.write("outside.d/file", "outside");
        directory.write("root/file", "file");
        directory.write("root/lib/modules/a.ko", "module");
        directory.write("root/etc/a.conf", "conf");
        link("/file", "absolute");
        link("../../../file", "lib/too-many-dots");
        link(directory.string() + "/outside", "escape");
        link("../outside", "escape-up");
        link("../../outside.d", "lib/escape-directory");
        link("loop-b", "loop-a");
        link("loop-a", "loop-b");
        link("loop-self", "loop-self");
        link("nowhere", "dangling");
        link("/lib/modules", "modules");
        link("../modules/../../etc", "lib/etc");
        link("/", "lib/slash");
        link(".", "dot");
        for (int i = 0; i < io::kMaxSymlinks; ++i)
            link(i == 0 ? "file" : cat("chain", i), cat("chain", i + 1));
        link(cat("chain", io::kMaxSymlinks), "chain-too-long");
        REQUIRE(::mkfifo((directory.string() + "/root/fifo").c_str(), 0600) == 0);
        root = io::Fd(::open((directory.string() + "/root").c_str(),
                             O_PATH | O_DIRECTORY | O_CLOEXEC));
        REQUIRE(root);
    }
    void link(const std::string& target, const std::string& name) const {
        fs::create_symlink(target, directory.path() / "root" / name);
    }

    test::TemporaryDirectory directory;
    io::Fd root;
};

struct Way {
    const char* name;
    io::ErrnoResult<io::Fd> (*open)(int, const std::string&, int, mode_t);
};

const Way kWays[] = {{"openat2", io::open_with_openat2},
                     {"walk", io::open_with_walk},
                     {"either", io::open_in_root}};

/// False, with a message, where the running system has no openat2 to compare with.
bool works(const Way& way, const Tree& tree) {
    const auto fd = way.open(tree.root.get(), "/", O_PATH, 0);
    if (!fd) MESSAGE(std::string(way.name) << " is not available here");
    return fd.has_value();
}

}  // namespace

TEST_CASE("resolve: symlinks and dots lead nowhere but into the root") {
    const Tree tree;
    const struct {
        const char* path;
        int code;
        const char* contents;
    } cases[] = {
        {"/file", 0, "file"},
        {"file", 0, "file"},
        {"//lib///modules/./a.ko", 0, "module"},
        {"/../../file", 0, "file"},
        {"/lib/../../../file", 0, "file"},
        {"/lib/modules/../../etc/a.conf", 0, "conf"},
        {"/absolute", 0, "file"},
        {"/lib/too-many-dots", 0, "file"},
        {"/modules/a.ko", 0, "module"},
        {"/modules/../../file", 0, "file"},
        {"/lib/etc/a.conf", 0, "conf"},
        {"/lib/slash/lib/slash/file", 0, "file"},
        {"/dot/dot/dot/file", 0, "file"},
        {"/escape", ENOENT, nullptr},
        {"/escape-up", ENOENT, nullptr},
        {"/lib/escape-directory/file", ENOENT, nullptr},
        {"/../outside", ENOENT, nullptr},
        {"/lib/../../outside", ENOENT, nullptr},
        {"/loop-a", ELOOP, nullptr},
        {"/loop-self/file", ELOOP, nullptr},
        {"/chain40", 0, "file"},
        {"/chain-too-long", ELOOP, nullptr},
        {"/dangling", ENOENT, nullptr},
        {"/dangling/file", ENOENT, nullptr},
        {"/missing/../file", ENOENT, nullptr},
        {"/file/", ENOTDIR, nullptr},
        {"/file/.", ENOTDIR, nullptr},
        {"/file/..", ENOTDIR, nullptr},
        {"/file/more", ENOTDIR, nullptr},
        {"/absolute/", ENOTDIR, nullptr},
        {"/missing/", ENOENT, nullptr},
    };
    for (const Way& way : kWays) {
        if (!works(way, tree)) continue;
        CAPTURE(std::string(way.name));
        for (const auto& item : cases) {
            CAPTURE(std::string(item.path));
            const auto fd = way.open(tree.root.get(), item.path, O_RDONLY, 0);
            CHECK((fd ? 0 : fd.error()) == item.code);
            if (!fd || item.contents == nullptr) continue;
            const auto text = io::read_all(fd->get(), 100);
            REQUIRE(text);
            CHECK(*text == item.contents);
            CHECK((::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC) != 0);
        }
        const std::string long_name(300, 'n');
        const auto fd = way.open(tree.root.get(), long_name, O_RDONLY, 0);
        CHECK((fd ? 0 : fd.error()) == ENAMETOOLONG);
        std::string long_path;
        while (long_path.size() < 5000) long_path += "/lib/..";
        const auto far = way.open(tree.root.get(), long_path, O_RDONLY, 0);
        CHECK((far ? 0 : far.error()) == ENAMETOOLONG);
    }
}

TEST_CASE("resolve: the root itself is what every way up leads to") {
    const Tree tree;
    struct stat root {};
    REQUIRE(::fstat(tree.root.get(), &root) == 0);
    for (const Way& way : kWays) {
        if (!works(way, tree)) continue;
        CAPTURE(std::string(way.name));
        for (const char* path : {"/", ".", "..", "/../..", "/lib/..", "/lib/slash",
                                 "/dot", "/lib/slash/../../"}) {
            CAPTURE(std::string(path));
            const auto fd = way.open(tree.root.get(), path, O_RDONLY | O_DIRECTORY, 0);
            REQUIRE(fd);
            struct stat found {};
            REQUIRE(::fstat(fd->get(), &found) == 0);
            CHECK(found.st_ino == root.st_ino);
        }
    }
}

TEST_CASE("resolve: files are made inside the root, through links too") {
    for (const Way& way : kWays) {
        const Tree tree;
        if (!works(way, tree)) continue;
        CAPTURE(std::string(way.name));
        const auto make = [&](const char* path, int flags) {
            const auto fd =
                way.open(tree.root.get(), path, O_WRONLY | O_CREAT | flags, 0640);
            return fd ? 0 : fd.error();
        };
        CHECK(make("/modules/new", O_EXCL) == 0);
        CHECK(fs::exists(tree.directory.path() / "root/lib/modules/new"));
        CHECK(make("/dangling", 0) == 0);
        CHECK(fs::exists(tree.directory.path() / "root/nowhere"));
        CHECK(make("/absolute", O_EXCL) == EEXIST);
        CHECK(make("/loop-a", O_EXCL) == EEXIST);
        CHECK(make("/missing/new", 0) == ENOENT);
        CHECK(make("/lib", 0) == EISDIR);
        CHECK(make("/lib/../../outside.d/new", 0) == ENOENT);
        CHECK_FALSE(fs::exists(tree.directory.path() / "outside.d/new"));
    }
}

TEST_CASE("resolve: O_NOFOLLOW stops at a last link only") {
    const Tree tree;
    for (const Way& way : kWays) {
        if (!works(way, tree)) continue;
        CAPTURE(std::string(way.name));
        const auto open = [&](const char* path, int flags) {
            return way.open(tree.root.get(), path, flags | O_NOFOLLOW, 0);
        };
        CHECK(open("/absolute", O_RDONLY).error() == ELOOP);
        CHECK(open("/modules/a.ko", O_RDONLY));
        const auto link = open("/absolute", O_PATH);
        REQUIRE(link);
        struct stat status {};
        REQUIRE(::fstat(link->get(), &status) == 0);
        CHECK(S_ISLNK(status.st_mode));
    }
}

TEST_CASE("canonical_in_root: has no links, no dots and no double slashes") {
    const Tree tree;
    const struct {
        const char* path;
        const char* expected;
    } cases[] = {
        {"/", "/"},
        {"/..", "/"},
        {"//lib/./modules//a.ko", "/lib/modules/a.ko"},
        {"/modules/a.ko", "/lib/modules/a.ko"},
        {"/lib/etc/a.conf", "/etc/a.conf"},
        {"/lib/slash/lib/slash", "/"},
        {"/lib/too-many-dots", "/file"},
        {"/modules/", "/lib/modules"},
        {"/fifo", "/fifo"},
    };
    for (const auto& item : cases) {
        CAPTURE(std::string(item.path));
        const auto path = io::canonical_in_root(tree.root.get(), item.path);
        REQUIRE(path);
        CHECK(*path == item.expected);
    }
    CHECK(io::canonical_in_root(tree.root.get(), "/escape").error() == ENOENT);
    CHECK(io::canonical_in_root(tree.root.get(), "/missing").error() == ENOENT);
    CHECK(io::canonical_in_root(tree.root.get(), "/loop-a").error() == ELOOP);
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Both implementations of path resolution within a root, against one table.
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

/// ROOT/root is the root; ROOT/outside and ROOT/outside.d must not be reachable.
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
    io::ErrnoResult<io::Fd> (*open)(const io::RootDirectory&, const std::string&, int,
                                    mode_t);
};

const Way kWays[] = {{"openat2", io::open_with_openat2},
                     {"walk", io::open_with_walk},
                     {"either", io::open_in_root}};

/// False, with a message, if the running system has no openat2 to compare with.
bool works(const Way& way, const Tree& tree) {
    const auto fd = way.open({tree.root.get()}, "/", O_PATH, 0);
    if (!fd) MESSAGE(std::string(way.name) << " is not available here");
    return fd.has_value();
}

}  // namespace

TEST_CASE("resolve: neither symlinks nor .. leave the root") {
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
            const auto fd = way.open({tree.root.get()}, item.path, O_RDONLY, 0);
            CHECK((fd ? 0 : fd.error()) == item.code);
            if (!fd || item.contents == nullptr) continue;
            const auto text = io::read_all(fd->get(), 100);
            REQUIRE(text);
            CHECK(*text == item.contents);
            CHECK((::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC) != 0);
        }
        const std::string long_name(300, 'n');
        const auto fd = way.open({tree.root.get()}, long_name, O_RDONLY, 0);
        CHECK((fd ? 0 : fd.error()) == ENAMETOOLONG);
        std::string long_path;
        while (long_path.size() < 5000) long_path += "/lib/..";
        const auto far = way.open({tree.root.get()}, long_path, O_RDONLY, 0);
        CHECK((far ? 0 : far.error()) == ENAMETOOLONG);
    }
}

TEST_CASE("resolve: .. of the root is the root itself") {
    const Tree tree;
    struct stat root {};
    REQUIRE(::fstat(tree.root.get(), &root) == 0);
    for (const Way& way : kWays) {
        if (!works(way, tree)) continue;
        CAPTURE(std::string(way.name));
        for (const char* path : {"/", ".", "..", "/../..", "/lib/..", "/lib/slash",
                                 "/dot", "/lib/slash/../../"}) {
            CAPTURE(std::string(path));
            const auto fd = way.open({tree.root.get()}, path, O_RDONLY | O_DIRECTORY, 0);
            REQUIRE(fd);
            struct stat found {};
            REQUIRE(::fstat(fd->get(), &found) == 0);
            CHECK(found.st_ino == root.st_ino);
        }
    }
}

TEST_CASE("resolve: creates files inside the root, also through links") {
    for (const Way& way : kWays) {
        const Tree tree;
        if (!works(way, tree)) continue;
        CAPTURE(std::string(way.name));
        const auto make = [&](const char* path, int flags) {
            const auto fd =
                way.open({tree.root.get()}, path, O_WRONLY | O_CREAT | flags, 0640);
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

TEST_CASE("resolve: O_NOFOLLOW affects only the last component") {
    const Tree tree;
    for (const Way& way : kWays) {
        if (!works(way, tree)) continue;
        CAPTURE(std::string(way.name));
        const auto open = [&](const char* path, int flags) {
            return way.open({tree.root.get()}, path, flags | O_NOFOLLOW, 0);
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

TEST_CASE("canonical_in_root: returns a path without links, dots and double slashes") {
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
        const auto path = io::canonical_in_root({tree.root.get()}, item.path);
        REQUIRE(path);
        CHECK(*path == item.expected);
    }
    CHECK(io::canonical_in_root({tree.root.get()}, "/escape").error() == ENOENT);
    CHECK(io::canonical_in_root({tree.root.get()}, "/missing").error() == ENOENT);
    CHECK(io::canonical_in_root({tree.root.get()}, "/loop-a").error() == ELOOP);
}

namespace {

/// Reads a file with both implementations; "errno N" if it cannot be opened.
std::string read_through(const io::RootDirectory& root, const std::string& path) {
    const auto fd = io::open_in_root(root, path, O_RDONLY, 0);
    const auto walked = io::open_with_walk(root, path, O_RDONLY, 0);
    CHECK(fd.has_value() == walked.has_value());
    if (!fd) return cat("errno ", fd.error());
    const auto text = io::read_all(fd->get(), 100);
    CHECK(text.value_or("") == io::read_all(walked->get(), 100).value_or("differs"));
    return text.value_or("unreadable");
}

}  // namespace

TEST_CASE("resolve: links to a path missing under the root may be followed on the host") {
    const Tree tree;
    const std::string host = tree.directory.string();
    const std::string prefix = host + "/root";
    tree.directory.write("root/lib/modules/V/kernel/in.ko", "inner");
    tree.directory.write("root/lib/modules/V/kernel/both.ko", "inner");
    // "V" exists on the host too; under the root it also has the link "host".
    tree.directory.write("V/kernel/both.ko", "outer");
    tree.directory.write("V/kernel/out.ko", "outer");
    tree.directory.write(cat("root", host, "/V/marker"), "inner");
    fs::remove_all(tree.directory.path() / ("root" + host) / "V");
    fs::rename(tree.directory.path() / "root/lib/modules/V",
               tree.directory.path() / ("root" + host) / "V");
    const std::string inner = host + "/V";
    tree.link(host + "/V", inner.substr(1) + "/host");
    tree.link(host + "/V/kernel", "store");
    tree.link(host + "/outside.d/file", "outside-file");
    tree.link("host-chain", "chain-out");
    tree.link(host + "/outside", "host-chain");
    tree.link(host + "/nowhere-at-all", "nowhere-link");
    tree.link(prefix + "/etc/a.conf", "own-path");
    tree.link(host + "/self-link", "self-outside");

    const struct {
        std::string path;
        std::string leaving;
        std::string inside;
    } cases[] = {
        {"/escape", "outside", "errno 2"},
        {"/escape-up", "outside", "errno 2"},
        {"/lib/escape-directory/file", "outside", "errno 2"},
        {"/lib/escape-directory/none", "errno 2", "errno 2"},
        {"/outside-file", "outside", "errno 2"},
        {"/chain-out", "outside", "errno 2"},
        {"/nowhere-link", "errno 2", "errno 2"},
        {"/own-path", "conf", "conf"},
        // A path under the root has precedence; the link "host" into its own directory
        // leads to the host.
        {"/store/both.ko", "inner", "inner"},
        {"/store/out.ko", "errno 2", "errno 2"},
        {inner + "/host/kernel/both.ko", "outer", "inner"},
        {inner + "/host/kernel/out.ko", "outer", "errno 2"},
        {inner + "/host/kernel/in.ko", "errno 2", "inner"},
        {"/dot/dot/file", "file", "file"},
        {"/lib/slash/file", "file", "file"},
        {"/loop-self", cat("errno ", ELOOP), cat("errno ", ELOOP)},
        {"/loop-a", cat("errno ", ELOOP), cat("errno ", ELOOP)},
        {"/file/", cat("errno ", ENOTDIR), cat("errno ", ENOTDIR)},
    };
    for (const auto& item : cases) {
        CAPTURE(item.path);
        const io::RootDirectory leaving{tree.root.get(), {prefix}, io::Links::may_leave};
        CHECK(read_through(leaving, item.path) == item.leaving);
        CHECK(read_through({tree.root.get(), {prefix}}, item.path) == item.inside);
    }
}

TEST_CASE("resolve: never opens a file outside the root for writing") {
    const Tree tree;
    const io::RootDirectory leaving{tree.root.get(), {}, io::Links::may_leave};
    for (const int flags :
         {O_WRONLY, O_RDWR, O_WRONLY | O_CREAT, O_RDONLY | O_TRUNC, O_RDONLY | O_CREAT}) {
        CAPTURE(flags);
        CHECK_FALSE(io::open_in_root(leaving, "/escape", flags, 0600));
        CHECK_FALSE(
            io::open_with_walk(leaving, "/lib/escape-directory/file", flags, 0600));
    }
}

TEST_CASE("resolve: names the link that cannot be followed, or that leaves the root") {
    const Tree tree;
    const io::RootDirectory leaving{tree.root.get(), {}, io::Links::may_leave};
    const auto broken = io::broken_link(leaving, "/lib/../dangling/more");
    REQUIRE(broken);
    CHECK(broken->path == "/dangling");
    CHECK(broken->target == "nowhere");
    CHECK_FALSE(io::broken_link(leaving, "/escape"));
    CHECK_FALSE(io::broken_link(leaving, "/missing"));
    CHECK(io::broken_link({tree.root.get()}, "/escape-up")->target == "../outside");
    const auto out = io::leaving_link(leaving, "/lib/escape-directory/file");
    REQUIRE(out);
    CHECK(out->path == "/lib/escape-directory");
    CHECK(out->target == "../../outside.d");
    CHECK_FALSE(io::leaving_link(leaving, "/modules/a.ko"));
    CHECK(io::canonical_in_root(leaving, "/lib/escape-directory/file").value_or("") ==
          "/lib/escape-directory/file");
    CHECK(io::canonical_in_root(leaving, "/modules/a.ko").value_or("") ==
          "/lib/modules/a.ko");
}

// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include "io/file.hpp"
#include "io/root.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

namespace {

io::Root open_root(const std::string& path) {
    auto root = io::Root::open(path);
    REQUIRE_MESSAGE(root, root.error().message);
    return *std::move(root);
}

/// Makes openat2 fail in this process, as in an old kernel or a container.
bool forbid_openat2(unsigned code) {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{std::size(filter), filter};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// Runs in a child process; its exit status is the line number of the first failure.
int use_root_without_openat2(const std::string& path, unsigned code) {
    // An emulator may support neither the call nor the filter.
    const auto fails_with = [](unsigned wanted) {
        return ::syscall(SYS_openat2, -1, "", nullptr, 0) == -1 &&
               errno == static_cast<int>(wanted);
    };
    if (!fails_with(ENOSYS)) {
        if (!forbid_openat2(code)) return 1;
        if (!fails_with(code)) return 2;
    }
    const auto root = io::Root::open(path);
    if (!root) return 3;
    if (root->read_file("/link/file", 10) != "inside") return 4;
    if (root->exists("/escape")) return 5;
    if (!root->make_directories("/link/more/and/more")) return 6;
    if (root->list("/real") != std::vector<std::string>{"file", "more"}) return 7;
    const auto missing = root->open_file("/missing", O_RDONLY);
    if (missing || missing.error().code != ENOENT) return 8;
    return 0;
}

}  // namespace

TEST_CASE("Root: the prefix is absolute, and its symlinks are not resolved") {
    const test::TemporaryDirectory directory;
    directory.write("image/file", "");
    boost::filesystem::create_symlink("image", directory.path() / "link");
    const auto before = boost::filesystem::current_path();
    boost::filesystem::current_path(directory.path());
    const struct {
        std::string path;
        std::string expected;
    } cases[] = {
        {"", ""},
        {"/", ""},
        {"//", ""},
        {directory.string() + "/image", directory.string() + "/image"},
        {directory.string() + "/link//", directory.string() + "/link"},
        {"image", directory.string() + "/image"},
        {"link/", directory.string() + "/link"},
        {"./image/../link", directory.string() + "/./image/../link"},
    };
    for (const auto& item : cases) {
        CAPTURE(std::string(item.path));
        const io::Root root = open_root(item.path);
        CHECK(root.prefix() == item.expected);
        CHECK(root.is_host() == item.expected.empty());
        CHECK(root.display("/lib/x") == item.expected + "/lib/x");
        CHECK(root.display("lib/x") == item.expected + "/lib/x");
    }
    boost::filesystem::current_path(before);
}

TEST_CASE("Root: names a root that cannot be opened") {
    const test::TemporaryDirectory directory;
    directory.write("file", "");
    const auto missing = io::Root::open(directory.string() + "/missing");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == ErrorKind::not_found);
    CHECK(missing.error().message ==
          "cannot open " + directory.string() + "/missing: No such file or directory");
    const auto file = io::Root::open(directory.string() + "/file");
    REQUIRE_FALSE(file);
    CHECK(file.error().code == ENOTDIR);
}

TEST_CASE("Root: errors contain the path with the prefix of the root") {
    const test::TemporaryDirectory directory;
    directory.write("directory/file", "0123456789");
    const io::Root root = open_root(directory.string());
    const auto message = [&](const auto& result) {
        REQUIRE_FALSE(result);
        const std::string text = result.error().message;
        const std::size_t at = text.find(directory.string());
        REQUIRE(at != std::string::npos);
        return text.substr(0, at) + "ROOT" + text.substr(at + directory.string().size());
    };
    CHECK(message(root.open_file("/no", O_RDONLY)) ==
          "cannot open ROOT/no: No such file or directory");
    CHECK(message(root.stat("no")) == "cannot stat ROOT/no: No such file or directory");
    CHECK(message(root.read_file("/no", 9)) ==
          "cannot open ROOT/no: No such file or directory");
    CHECK(message(root.read_file("/directory", 9)) ==
          "ROOT/directory: not a regular file");
    CHECK(message(root.read_file("/directory/file", 9)) ==
          "ROOT/directory/file: larger than 9 bytes");
    CHECK(message(root.list("/directory/file")) ==
          "cannot open ROOT/directory/file: Not a directory");
    CHECK(message(root.canonical("/no/more")) ==
          "cannot resolve ROOT/no/more: No such file or directory");
    CHECK(message(root.make_directories("/directory/file/more")) ==
          "cannot create the directory ROOT/directory/file/more: Not a directory");
    const std::string_view with_nul("/directory/file\0.ko", 19);
    CHECK(root.open_file(with_nul, O_RDONLY).error().code == EINVAL);
    CHECK(root.canonical(with_nul).error().code == EINVAL);
    CHECK_FALSE(root.exists(with_nul));
}

TEST_CASE("Root: reads, lists and resolves in the same way on the host and in an image") {
    const test::TemporaryDirectory directory;
    directory.write("d/b", "bee");
    directory.write("d/a", "");
    directory.write("d/.hidden", "");
    directory.write("d/B", "");
    boost::filesystem::create_symlink("d", directory.path() / "link");
    const struct {
        io::Root root;
        std::string base;
    } cases[] = {{open_root(""), directory.string()},
                 {open_root(directory.string()), ""}};
    for (const auto& [root, base] : cases) {
        CAPTURE(base);
        const auto text = root.read_file(base + "/link/b", 3);
        REQUIRE(text);
        CHECK(*text == "bee");
        const auto names = root.list(base + "/link");
        REQUIRE(names);
        CHECK(*names == std::vector<std::string>{".hidden", "B", "a", "b"});
        const auto path = root.canonical(base + "/link/../link/b");
        REQUIRE(path);
        CHECK(*path == base + "/d/b");
        const auto status = root.stat(base + "/link");
        REQUIRE(status);
        CHECK(S_ISDIR(status->st_mode));
        CHECK(root.exists(base + "/d/a"));
        CHECK_FALSE(root.exists(base + "/d/c"));
        CHECK_FALSE(root.exists(base + "/d/a/c"));
    }
}

TEST_CASE("Root: a FIFO without a writer neither blocks nor is read as a file") {
    const test::TemporaryDirectory directory;
    REQUIRE(::mkfifo((directory.string() + "/fifo").c_str(), 0600) == 0);
    for (const io::Root& root : {open_root(directory.string()), open_root("/")}) {
        const std::string path = root.is_host() ? directory.string() + "/fifo" : "/fifo";
        CHECK(root.open_file(path, O_RDONLY));
        CHECK(root.exists(path));
        const auto text = root.read_file(path, 10);
        REQUIRE_FALSE(text);
        CHECK(text.error().kind == ErrorKind::malformed);
    }
}

TEST_CASE("Root: refuses a device in an image before opening it") {
    const test::TemporaryDirectory directory;
    const std::string path = directory.string() + "/device";
    if (::mknod(path.c_str(), S_IFCHR | 0600, makedev(241, 241)) != 0) return;
    const auto text = open_root(directory.string()).read_file("/device", 10);
    REQUIRE_FALSE(text);
    CHECK(text.error().kind == ErrorKind::malformed);
    CHECK(text.error().message == path + ": not a regular file");
    const auto fd = open_root("/").open_no_device(path, O_RDONLY);
    REQUIRE_FALSE(fd);
    CHECK(fd.error().message == path + ": not a regular file");
}

TEST_CASE("Root: works if openat2 is missing or forbidden") {
    const test::TemporaryDirectory directory;
    for (const unsigned code : {ENOSYS, EPERM}) {
        directory.write("outside", "outside");
        directory.write("image/real/file", "inside");
        const auto image = directory.path() / "image";
        boost::filesystem::remove_all(image / "real/more");
        boost::filesystem::remove(image / "link");
        boost::filesystem::remove(image / "escape");
        boost::filesystem::create_symlink("/real", image / "link");
        boost::filesystem::create_symlink("../outside", image / "escape");
        const pid_t child = ::fork();
        if (child == 0) ::_exit(use_root_without_openat2(image.string(), code));
        REQUIRE(child > 0);
        int status = -1;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
}

TEST_CASE("Root: reads files of /proc, which have no size") {
    const auto text = open_root("/").read_file("/proc/self/status", 65'536);
    REQUIRE(text);
    CHECK(text->starts_with("Name:"));
}

TEST_CASE("Root: creates directories only under the root") {
    const test::TemporaryDirectory directory;
    directory.write("image/file", "");
    const auto image = directory.path() / "image";
    boost::filesystem::create_directory(image / "real");
    boost::filesystem::create_symlink("/real", image / "absolute");
    boost::filesystem::create_symlink("../../..", image / "up");
    boost::filesystem::create_symlink("nowhere", image / "dangling");
    const io::Root root = open_root(image.string());

    CHECK(root.make_directories("/"));
    CHECK(root.make_directories("/a/b//c/"));
    CHECK(root.make_directories("/a/b/c"));
    CHECK(boost::filesystem::is_directory(image / "a/b/c"));
    CHECK(root.make_directories("absolute/x/y"));
    CHECK(boost::filesystem::is_directory(image / "real/x/y"));
    CHECK(root.make_directories("/up/z"));
    CHECK(boost::filesystem::is_directory(image / "z"));
    CHECK(root.make_directories("/new/../other/q"));
    CHECK(boost::filesystem::is_directory(image / "other/q"));
    CHECK_FALSE(root.make_directories("/file"));
    CHECK_FALSE(root.make_directories("/dangling/x"));
    CHECK_FALSE(boost::filesystem::exists(directory.path() / "z"));

    CHECK(open_root("/").make_directories(directory.string() + "/h/o/s/t"));
    CHECK(boost::filesystem::is_directory(directory.path() / "h/o/s/t"));

    CHECK(root.make_directories("/private/inner", 0700));
    const auto status = root.stat("/private/inner");
    REQUIRE(status);
    CHECK((status->st_mode & 0777) == 0700);
}

TEST_CASE("Root: a path in a database refers to the root, or else to the host") {
    const test::TemporaryDirectory directory;
    directory.write("image/opt/both.ko", "inner");
    directory.write("opt/file.ko", "outer");
    const std::string image = directory.string() + "/image";
    const std::string outer = directory.string() + "/opt/file.ko";
    const auto leaving = io::Root::open(image, io::Links::may_leave);
    REQUIRE(leaving);

    CHECK(leaving->refer("/opt/both.ko") == "/opt/both.ko");
    CHECK(leaving->refer(image + "/opt/both.ko") == "/opt/both.ko");
    const std::string place = leaving->refer(outer);
    CHECK(leaving->display(place) == outer);
    CHECK(leaving->read_file(place, 10).value_or("") == "outer");
    CHECK(leaving->exists(place));
    CHECK(leaving->canonical(place).value_or("") == place);
    CHECK_FALSE(leaving->exists(outer));
    CHECK_FALSE(leaving->inside(leaving->display(place)));

    const io::Root confined = open_root(image);
    CHECK(confined.refer(outer) == outer);
    CHECK_FALSE(confined.exists(confined.refer(outer)));
    CHECK(open_root("/").refer(outer) == outer);
}

TEST_CASE("Root: the error for a link that cannot be followed names its target") {
    const test::TemporaryDirectory directory;
    directory.write("image/d/file", "");
    const std::string image = directory.string() + "/image";
    boost::filesystem::create_symlink("/no/where", image + "/d/gone");
    boost::filesystem::create_symlink("self", image + "/d/self");
    const auto leaving = io::Root::open(image, io::Links::may_leave);
    REQUIRE(leaving);
    const struct {
        std::string path;
        std::string reason;
    } cases[] = {
        {"/d/gone", "a link to /no/where, which does not exist"},
        {"/d/gone/more", image + "/d/gone is a link to /no/where, which does not exist"},
        {"/d/self", "a link to self: Too many levels of symbolic links"},
        {"/d/none", "No such file or directory"},
    };
    for (const auto& item : cases) {
        CAPTURE(item.path);
        const auto file = leaving->open_file(item.path, O_RDONLY);
        REQUIRE_FALSE(file);
        CHECK(file.error().message ==
              "cannot open " + image + item.path + ": " + item.reason);
    }
    CHECK(open_root(image).stat("/d/gone").error().message ==
          "cannot stat " + image +
              "/d/gone: a link to /no/where, which does not exist under " + image);
    CHECK(open_root("/").stat(image + "/d/gone").error().message ==
          "cannot stat " + image + "/d/gone: a link to /no/where, which does not exist");
}

TEST_CASE("Root: lists entries with their types, and reads links as they are stored") {
    const test::TemporaryDirectory files;
    files.write("d/sub/file", "");
    files.write("d/plain", "");
    boost::filesystem::create_symlink("sub", files.path() / "d" / "link");
    boost::filesystem::create_symlink("/nowhere", files.path() / "d" / "lost");
    for (const io::Root& root : {open_root(files.string()), open_root("/")}) {
        const std::string top = root.is_host() ? files.string() : "";
        std::vector<std::string> found;
        const auto entries = root.entries(top + "/d");
        REQUIRE(entries.has_value());
        for (const io::DirectoryEntry& entry : *entries)
            found.push_back(entry.name + (entry.is_directory ? "/" : ""));
        CHECK(found == std::vector<std::string>{"link", "lost", "plain", "sub/"});
        CHECK(root.read_link(top + "/d/link").value() == "sub");
        CHECK(root.read_link(top + "/d/lost").value() == "/nowhere");
        CHECK(root.read_link(top + "/d/plain").error().message ==
              files.string() + "/d/plain: not a symlink");
        CHECK(root.read_link(top + "/d/none").error().kind == ErrorKind::not_found);
        CHECK_FALSE(root.entries(top + "/d/plain").has_value());
    }
}

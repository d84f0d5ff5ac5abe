// SPDX-License-Identifier: LGPL-2.1-or-later
// Which configuration files are read, and in which order.
#include "catalog/config_files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/text.hpp"
#include "support/message_log.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;
using kmodpp::test::MessageLog;
using kmodpp::test::TemporaryDirectory;

namespace {

class Image {
public:
    Image() : root(io::Root::open(files.string()).value()) {}

    /// "PATH=TEXT" of each file, as seen from within the image.
    std::vector<std::string> read(const std::vector<std::string>& overrides = {}) {
        std::vector<std::string> found;
        for (const ConfigFile& file :
             read_config_files(root, "modprobe.d", overrides, messages)) {
            REQUIRE(file.path.starts_with(files.string()));
            found.push_back(cat(file.path.substr(files.string().size()), "=", file.text));
        }
        return found;
    }

    TemporaryDirectory files;
    io::Root root;
    MessageLog messages;
};

using Files = std::vector<std::string>;

}  // namespace

TEST_CASE(
    "read_config_files: the first directory with a name wins; files are sorted by name") {
    Image image;
    image.files.write("lib/modprobe.d/a.conf", "5");
    image.files.write("lib/modprobe.d/e.conf", "5");
    image.files.write("usr/lib/modprobe.d/a.conf", "4");
    image.files.write("usr/lib/modprobe.d/d.conf", "4");
    image.files.write("usr/local/lib/modprobe.d/d.conf", "3");
    image.files.write("usr/local/lib/modprobe.d/c.conf", "3");
    image.files.write("run/modprobe.d/c.conf", "2");
    image.files.write("run/modprobe.d/b.conf", "2");
    image.files.write("etc/modprobe.d/b.conf", "1");
    image.files.write("etc/modprobe.d/B.conf", "1");
    CHECK(image.read() ==
          Files{"/etc/modprobe.d/B.conf=1", "/usr/lib/modprobe.d/a.conf=4",
                "/etc/modprobe.d/b.conf=1", "/run/modprobe.d/c.conf=2",
                "/usr/local/lib/modprobe.d/d.conf=3", "/lib/modprobe.d/e.conf=5"});
    CHECK(image.messages.lines().empty());
}

TEST_CASE(
    "read_config_files: a file that others can write is foreign and hides no other") {
    if (::geteuid() != 0) return;  // without privileges, the owner is not checked
    Image image;
    image.files.write("etc/modprobe.d/a.conf", "theirs");
    image.files.write("lib/modprobe.d/a.conf", "ours");
    image.files.write("lib/modprobe.d/b.conf", "b");
    REQUIRE(::chmod((image.files.string() + "/etc/modprobe.d/a.conf").c_str(), 0666) ==
            0);
    const auto foreign = [&] {
        std::string found;
        for (const ConfigFile& file :
             read_config_files(image.root, "modprobe.d", {}, image.messages))
            found += cat(file.text, file.foreign ? " foreign;" : ";");
        return found;
    };
    CHECK(foreign() == "theirs foreign;ours;b;");
    CHECK(image.messages.count("error: ") == 1);
    CHECK(image.messages.has("a.conf: ignored: everyone may write to it"));
    // If others can write a directory, all its files are foreign; there is one message.
    REQUIRE(::chmod((image.files.string() + "/etc/modprobe.d/a.conf").c_str(), 0644) ==
            0);
    REQUIRE(::chmod((image.files.string() + "/etc/modprobe.d").c_str(), 0777) == 0);
    REQUIRE(::symlink("nowhere",
                      (image.files.string() + "/etc/modprobe.d/b.conf").c_str()) == 0);
    CHECK(foreign() == "theirs foreign;ours;b;");
    CHECK(image.messages.count("error: ") == 2);
    CHECK(image.messages.count("notice: ") == 0);
}

TEST_CASE("read_config_files: reports files that another one of the same name masks") {
    Image image;
    image.files.write("etc/modprobe.d/a.conf", "1");
    image.files.write("run/modprobe.d/a.conf", "2");
    image.files.write("usr/lib/modprobe.d/a.conf", "4");
    image.files.write("usr/lib/modprobe.d/b.conf", "4");
    // The same directory under another name masks nothing.
    REQUIRE(::symlink("usr/lib", (image.files.string() + "/lib").c_str()) == 0);
    std::vector<MaskedFile> masked;
    const auto read =
        read_config_files(image.root, "modprobe.d", {}, image.messages, &masked);
    CHECK(read.size() == 2);
    std::vector<std::string> lines;
    for (const MaskedFile& file : masked)
        lines.push_back(cat(file.path.substr(image.files.string().size()), " by ",
                            file.by.substr(image.files.string().size())));
    CHECK(lines == Files{"/run/modprobe.d/a.conf by /etc/modprobe.d/a.conf",
                         "/usr/lib/modprobe.d/a.conf by /etc/modprobe.d/a.conf"});
}

TEST_CASE("read_config_files: reads only *.conf") {
    Image image;
    for (const std::string_view name :
         {"a.conf", "b.conf~", "c.conf.dpkg-old", "README", ".hidden.conf", "conf"})
        image.files.write(cat("etc/modprobe.d/", name), "x");
    CHECK(image.read() == Files{"/etc/modprobe.d/a.conf=x"});
}

TEST_CASE("read_config_files: overrides replace the list of directories") {
    Image image;
    image.files.write("etc/modprobe.d/a.conf", "default");
    image.files.write("own/b.conf", "b");
    image.files.write("own/a.conf", "a");
    image.files.write("own/text", "not a .conf");
    image.files.write("other/b.conf", "later");
    CHECK(image.read({"/own"}) == Files{"/own/a.conf=a", "/own/b.conf=b"});
    CHECK(image.read({"/own/text"}) == Files{"/own/text=not a .conf"});
    CHECK(image.read({"/other", "/own"}) ==
          Files{"/own/a.conf=a", "/other/b.conf=later"});
    CHECK(image.read({"/no-config"}) == Files{});
    CHECK(image.read({"/no-config", "/own/a.conf"}) == Files{"/own/a.conf=a"});
    CHECK(image.messages.lines().empty());
}

TEST_CASE("read_config_files: resolves symlinks within the root") {
    Image image;
    image.files.write("real/a.conf", "inside");
    image.files.write("etc/modprobe.d/z.conf", "z");
    const std::string directory = image.files.string() + "/etc/modprobe.d/";
    REQUIRE(::symlink("/real/a.conf", (directory + "a.conf").c_str()) == 0);
    REQUIRE(::symlink("/dev/null", (directory + "z2.conf").c_str()) == 0);
    CHECK(image.read() ==
          Files{"/etc/modprobe.d/a.conf=inside", "/etc/modprobe.d/z.conf=z"});
    CHECK(image.messages.has("notice: "));
    CHECK(image.messages.has("z2.conf"));
}

TEST_CASE("read_config_files: a link to /dev/null disables a file without a message") {
    Image image;
    image.files.write("lib/modprobe.d/a.conf", "taken away");
    image.files.write("lib/modprobe.d/b.conf", "b");
    image.files.write("etc/modprobe.d/c.conf", "c");
    REQUIRE(::symlink("/dev/null",
                      (image.files.string() + "/etc/modprobe.d/a.conf").c_str()) == 0);
    const io::Root host = io::Root::open("/").value();
    const std::string within = image.files.string();
    const auto read = read_config_files(
        host, "modprobe.d", {within + "/etc/modprobe.d", within + "/lib/modprobe.d"},
        image.messages);
    REQUIRE(read.size() == 2);
    CHECK(read[0].text == "b");
    CHECK(read[1].text == "c");
    CHECK(image.messages.lines().empty());
}

TEST_CASE("read_config_files: warns of unreadable files and reads the others") {
    Image image;
    image.files.write("etc/modprobe.d/b.conf", "b");
    image.files.write("run/modprobe.d", "a file, not a directory");
    image.files.write("etc/modprobe.d/d.conf/x", "a directory with that name");
    REQUIRE(::mkfifo((image.files.string() + "/etc/modprobe.d/a.conf").c_str(), 0600) ==
            0);
    CHECK(image.read() == Files{"/etc/modprobe.d/b.conf=b"});
    CHECK(image.messages.count("warning: ") == 2);
    CHECK(image.messages.has("a.conf"));
    CHECK(image.messages.has("d.conf"));
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Files that forbid one module: what is written, replaced, removed and refused.
#include "catalog/forbid_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::ModuleDirectory;

namespace {
constexpr const char* kPath = "etc/modprobe.d/forbid-snd_pcm.conf";
}

TEST_CASE("write_forbid_file: writes the file and its directory, and replaces the text") {
    const ModuleDirectory modules;
    CHECK(forbid_file("snd_pcm") == "/etc/modprobe.d/forbid-snd_pcm.conf");
    CHECK(write_forbid_file(modules.root(), "snd_pcm", "x").value());
    CHECK(modules.files().read(kPath).contains("\nforbid snd_pcm x\n"));
    CHECK_FALSE(write_forbid_file(modules.root(), "snd_pcm", "x").value());
    CHECK(write_forbid_file(modules.root(), "snd_pcm", "y").value());
    CHECK(modules.files().read(kPath).contains("\nforbid snd_pcm y\n"));
    CHECK(modules.root().list("/etc/modprobe.d")->size() == 1);
    CHECK(modules.root().stat(kPath)->st_mode == (S_IFREG | 0644));
    CHECK(remove_forbid_file(modules.root(), "snd_pcm").value());
    CHECK_FALSE(remove_forbid_file(modules.root(), "snd_pcm").value());
    CHECK(modules.root().list("/etc/modprobe.d")->empty());
}

TEST_CASE("write_forbid_file: keeps a file that has any other line") {
    for (const std::string_view text :
         {"forbid snd_pcm\nforbid other\n", "blacklist snd_pcm\n", "install snd_pcm id\n",
          "forbid snd_pcm\noptions snd_pcm x=1\n", "forbid snd_pcm\nnonsense\n",
          "install snd_pcm /bin/false\n", "forbid snd_pcm\ninstall x /bin/false\n"}) {
        CAPTURE(text);
        const ModuleDirectory modules;
        modules.files().write(kPath, text);
        const std::string reason = cat(
            modules.outside("/etc/modprobe.d/forbid-snd_pcm.conf"),
            " has lines that 'kmod forbid snd_pcm' did not write; move them to another "
            "file");
        for (const auto& done : {write_forbid_file(modules.root(), "snd_pcm", ""),
                                 remove_forbid_file(modules.root(), "snd_pcm")}) {
            REQUIRE_FALSE(done.has_value());
            CHECK(done.error().kind == ErrorKind::conflict);
            CHECK(done.error().message == reason);
        }
        CHECK(modules.files().read(kPath) == text);
    }
}

TEST_CASE("write_forbid_file: replaces what only forbids the module, and an empty file") {
    for (const std::string_view text : {"", "# off\n", "forbid snd-pcm old\n"}) {
        CAPTURE(text);
        const ModuleDirectory modules;
        modules.files().write(kPath, text);
        CHECK(write_forbid_file(modules.root(), "snd_pcm", "").value());
        CHECK(modules.files().read(kPath).contains("\nforbid snd_pcm\n"));
    }
}

TEST_CASE("check_forbid_words: accepts what can be written into a line") {
    for (const std::string_view name : {"a", "snd_pcm", "8021q", "a+b", "x,y"})
        CHECK(check_forbid_words(name, "why: \"x\" \\ # y").has_value());
    for (const std::string_view name :
         {"", "a b", "a/b", "../a", "a*", "a[b]", "a?", "#a", "a\\", "a\nb", "a'b"}) {
        CAPTURE(name);
        const auto done = check_forbid_words(name, "");
        REQUIRE_FALSE(done.has_value());
        CHECK(done.error().kind == ErrorKind::malformed);
        CHECK(done.error().message.ends_with("' is not a valid module name"));
    }
    CHECK_FALSE(check_forbid_words(std::string(300, 'a'), "").has_value());
    CHECK(check_forbid_words("a", "x\ninstall a id").error().message ==
          "the text 'x\\x0ainstall a id' contains a control character; it must be one "
          "line");
}

TEST_CASE("write_forbid_file: does not follow a link out of the root") {
    const ModuleDirectory modules, outside;
    modules.files().write("etc/keep", "");
    outside.files().write("target/keep", "");
    REQUIRE(::symlink(outside.outside("/target").c_str(),
                      modules.outside("/etc/modprobe.d").c_str()) == 0);
    static_cast<void>(write_forbid_file(modules.root(), "a", ""));
    CHECK(outside.root().list("/target")->size() == 1);
}

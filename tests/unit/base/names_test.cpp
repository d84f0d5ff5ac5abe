// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of base/names.hpp.
#include "base/names.hpp"

#include <doctest/doctest.h>

using namespace kmodpp;

TEST_CASE("normalise_module_name: turns every dash into an underscore") {
    CHECK(normalise_module_name("") == "");
    CHECK(normalise_module_name("snd-hda_intel-x") == "snd_hda_intel_x");
}

TEST_CASE("normalise_alias: keeps dashes in brackets and refuses unbalanced ones") {
    const struct {
        std::string_view alias;
        std::optional<std::string> expected;
    } cases[] = {
        {"", ""},
        {"fs-ext4", "fs_ext4"},
        {"usb:v[0-9]-*d[a-f][x-z]", "usb:v[0-9]_*d[a-f][x-z]"},
        {"a[[-]-b", "a[[-]_b"},
        {"a[b", std::nullopt},
        {"a]b", std::nullopt},
        {"a[b]]", std::nullopt},
        {"[", std::nullopt},
    };
    for (const auto& c : cases) {
        CAPTURE(c.alias);
        CHECK(normalise_alias(c.alias) == c.expected);
    }
}

TEST_CASE("same_module_name: treats only dash and underscore as equal") {
    CHECK(same_module_name("snd-pcm", "snd_pcm"));
    CHECK(same_module_name("", ""));
    CHECK_FALSE(same_module_name("snd-pcm", "snd_pc"));
    CHECK_FALSE(same_module_name("Snd", "snd"));
}

TEST_CASE("module_suffix: finds the module suffix of a file name") {
    const struct {
        std::string_view name, suffix, uncompressed;
    } cases[] = {
        {"a.ko", ".ko", "a.ko"},
        {"a.ko.gz", ".ko.gz", "a.ko"},
        {"a.ko.xz", ".ko.xz", "a.ko"},
        {"dir.x/a.ko.zst", ".ko.zst", "dir.x/a.ko"},
        {"a.ko.xz.recipe", "", "a.ko.xz.recipe"},
        {"a.xz", "", "a.xz"},
        {"a.KO", "", "a.KO"},
        {".ko", "", ".ko"},
        {".ko.gz", "", ".ko.gz"},
        {"", "", ""},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(module_suffix(c.name) == c.suffix);
        CHECK(without_compression_suffix(c.name) == c.uncompressed);
    }
}

TEST_CASE("module_name_of_path: returns the base name up to its first dot") {
    CHECK(base_name("a/b/c.ko") == "c.ko");
    CHECK(base_name("c.ko") == "c.ko");
    CHECK(base_name("a/") == "");
    CHECK(module_name_of_path("kernel/sound/snd-pcm.ko.gz") == "snd_pcm");
    CHECK(module_name_of_path("/lib.d/a.b.ko") == "a");
    CHECK(module_name_of_path("plain-name") == "plain_name");
    CHECK(module_name_of_path("") == "");
}

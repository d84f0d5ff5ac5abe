// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/builtin_list.hpp"

#include <doctest/doctest.h>

using namespace kmodpp;

TEST_CASE("parse_builtin_list: normalises names and reports lines that are not paths") {
    const BuiltinList list = parse_builtin_list(
        "kernel/fs/ext4/ext4.ko\n\n  kernel/sound/snd-pcm.ko.xz \nnonsense\nlast.ko");
    CHECK(list.names == std::vector<std::string>{"ext4", "snd_pcm", "last"});
    CHECK(list.invalid == std::vector<std::string_view>{"nonsense"});
    CHECK(parse_builtin_list("").names.empty());
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of kernel/forced_image.hpp.
#include "kernel/forced_image.hpp"

#include <doctest/doctest.h>

#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "format/signature_tail.hpp"
#include "unit/simulated/simulated_root.hpp"

using namespace kmodpp;

TEST_CASE("forced_image: removes only the data to be ignored") {
    constexpr const char* kVersions[] = {"__versions", "__version_ext_crcs",
                                         "__version_ext_names"};
    const struct {
        kernel::LoadFlags flags;
        bool has_vermagic, has_versions;
    } cases[] = {
        {{.ignore_vermagic = true}, false, true},
        {{.ignore_modversions = true}, true, false},
        {{.ignore_modversions = true, .ignore_vermagic = true}, false, false},
    };
    for (const bool is_64 : {true, false})
        for (const auto& c : cases) {
            CAPTURE(is_64);
            CAPTURE(c.has_vermagic);
            CAPTURE(c.has_versions);
            const std::string module =
                test::sound_module("m", {.is_64 = is_64, .order = std::endian::big})
                    .version("printk", 1)
                    .extended_version("printk", 1)
                    .info("description", "vermagic=is not one")
                    .build();
            const auto copy = kernel::forced_image(as_bytes(module), c.flags);
            REQUIRE(copy.has_value());
            CHECK(copy->size() == module.size());
            MemorySource source(as_bytes(*copy));
            const auto image = elf::Image::parse(source);
            REQUIRE(image.has_value());
            const auto info = read_modinfo(*image);
            REQUIRE(info.has_value());
            CHECK(find_info(*info, "vermagic").has_value() == c.has_vermagic);
            CHECK(find_info(*info, "name") == "m");
            CHECK(find_info(*info, "description") == "vermagic=is not one");
            for (const char* const section : kVersions)
                CHECK((image->find(section) != nullptr) == c.has_versions);
        }
}

TEST_CASE("forced_image: removes the marker of a signature that becomes invalid") {
    const std::string module = test::sound_module("m").build() + "of whatever kind";
    const std::string marker(kSignatureMarker);
    for (const std::string& file : {module + marker, module + marker + marker}) {
        const auto copy =
            kernel::forced_image(as_bytes(file), {.ignore_modversions = true});
        REQUIRE(copy.has_value());
        CHECK(*copy == module);
    }
}

TEST_CASE("forced_image: refuses a file that is not a module") {
    const auto copy = kernel::forced_image(as_bytes("text"), {.ignore_vermagic = true});
    REQUIRE_FALSE(copy.has_value());
    CHECK(copy.error().kind == ErrorKind::malformed);
}

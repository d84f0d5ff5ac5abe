// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of trust/kernel_image.hpp.
#include "trust/kernel_image.hpp"

#include <doctest/doctest.h>

#include "support/cms_signer.hpp"
#include "support/kernel_image.hpp"
#include "support/packers.hpp"

using namespace kmodpp;
using namespace kmodpp::test;
using namespace std::string_view_literals;

TEST_CASE("read_kernel_image: finds the certificates in every form of kernel image") {
    const std::string certificate = CmsSigner({}).certificate();
    const std::string vmlinux = vmlinux_with({{{certificate}}});
    std::vector<std::string> packed = {pack_lz4(vmlinux)};
    for (const io::Compression compression :
         {io::Compression::gzip, io::Compression::xz, io::Compression::zstd})
        packed.push_back(pack(compression, vmlinux));
    std::vector<std::string> files = {vmlinux, bzimage_of(vmlinux), zboot_of(vmlinux)};
    for (const std::string& payload : packed)
        for (const std::string& file : {payload, bzimage_of(payload), zboot_of(payload),
                                        self_unpacking_of(payload)})
            files.push_back(file);
    for (const std::string& file : files) {
        CAPTURE(file.size());
        const auto image = trust::read_kernel_image(as_bytes(file));
        REQUIRE_MESSAGE(image, image.error().message);
        REQUIRE(image->builtin.trusted.size() == 1);
        CHECK(as_text(image->builtin.trusted.front()) == certificate);
    }
}

TEST_CASE("read_kernel_image: reports why it finds no certificates") {
    const std::string xz = pack(io::Compression::xz, vmlinux_with({}));
    const struct {
        std::string file;
        ErrorKind kind;
        std::string_view expected;
    } cases[] = {
        {vmlinux_with({}), ErrorKind::not_found, "it contains no list of certificates"},
        {xz.substr(0, xz.size() / 2), ErrorKind::malformed, "xz: truncated"},
        {bzimage_of("\x5d\0\0lzma"sv), ErrorKind::unsupported,
         "compressed with lzma, which is not supported; decompress it first"},
        {"BZh91AY&SY", ErrorKind::unsupported,
         "compressed with bzip2, which is not supported; decompress it first"},
        {"\x89LZO", ErrorKind::unsupported,
         "compressed with lzo, which is not supported; decompress it first"},
        {std::string("\x02\x21\x4c\x18\xff\0\0\0", 8), ErrorKind::malformed,
         "lz4: truncated"},
        {self_unpacking_of(xz.substr(0, xz.size() / 2)), ErrorKind::not_found,
         "it contains no list of certificates"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.expected);
        const auto image = trust::read_kernel_image(as_bytes(c.file));
        REQUIRE_FALSE(image.has_value());
        CHECK(image.error().kind == c.kind);
        CHECK(image.error().message == c.expected);
    }
}

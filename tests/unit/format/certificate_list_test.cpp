// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/certificate_list.hpp.
#include "format/certificate_list.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/cms_signer.hpp"
#include "support/exact_copy.hpp"
#include "support/kernel_image.hpp"

using namespace kmodpp;
using namespace kmodpp::test;
using namespace std::string_view_literals;

namespace {

using Texts = std::vector<std::string>;

struct Found {
    Texts trusted;
    Texts revoked;
};

Found find_in(std::string_view image) {
    const ExactCopy copy(image);
    const BuiltinCertificates found = find_builtin_certificates(copy.bytes());
    Found out;
    for (const Bytes one : found.trusted) out.trusted.emplace_back(as_text(one));
    for (const Bytes one : found.revoked) out.revoked.emplace_back(as_text(one));
    return out;
}

std::string certificate(KeyType key, std::string_view name) {
    return CmsSigner({.key = key, .common_name = name}).certificate();
}

}  // namespace

TEST_CASE("find_builtin_certificates: finds the lists by the sizes that follow them") {
    const std::string a = certificate(KeyType::rsa, "A");
    const std::string b = certificate(KeyType::ec, "B");
    const std::string c = certificate(KeyType::ec, "a longer name");
    using std::endian;
    for (const ListLayout& layout : {ListLayout{8, endian::little, 8},  // x86-64
                                     {8, endian::big, 8},               // s390x
                                     {4, endian::little, 8},            // i386
                                     {8, endian::little, 256},          // arm64
                                     {4, endian::little, 256},          // arm
                                     {8, endian::big, 256},             // ppc64
                                     {8, endian::little, 256, true},    // mips64el
                                     {4, endian::big, 256, true}}) {    // mips
        CAPTURE(layout.word);
        CAPTURE(layout.alignment);
        const Found one = find_in(vmlinux_with({{{a}}}, layout));
        CHECK(one.trusted == Texts{a});
        CHECK(one.revoked.empty());
        const Found all =
            find_in(vmlinux_with({{{a, b}}, {{c}, /*with_module_key=*/false}}, layout));
        CHECK(all.trusted == Texts{a, b});
        CHECK(all.revoked == Texts{c});
    }
    // A kernel whose modules are signed with the distribution's key has no key of its
    // own.
    CHECK(find_in(vmlinux_with({{{a, b}, true, 0}})).trusted == Texts{a, b});
    CHECK(find_in(vmlinux_with({{{a, b}, true, 2}})).trusted == Texts{a, b});
}

TEST_CASE("find_builtin_certificates: does not return other certificates as trusted") {
    const std::string a = certificate(KeyType::ec, "A");
    const std::string b = certificate(KeyType::ec, "B");
    const std::string stray = cat(std::string(16, 'x'), b, std::string(64, 'y'));
    const std::string kernel = vmlinux_with({{{a}}});
    CHECK(find_in(kernel + stray).trusted == Texts{a});
    CHECK(find_in(cat(std::string(8, 'x'), stray, std::string(8 - stray.size() % 8, 'z'),
                      kernel))
              .trusted == Texts{a});
    CHECK(find_in(stray).trusted.empty());
    CHECK(find_in("").trusted.empty());
    // A second size that does not match any part of the list.
    std::string other = kernel;
    other[other.size() - 64 - 8] ^= 1;
    CHECK(find_in(other).trusted.empty());
}

TEST_CASE("find_builtin_certificates: terminates on data that looks like certificates") {
    std::string hostile;
    while (hostile.size() < 4u << 20)
        hostile +=
            "\x30\x82\xff\xff\x30\x82\xff\xfb"
            "\xa0\x03\x02\x01\x02\x02"sv;
    CHECK(find_in(hostile).trusted.empty());
    const std::string kernel = vmlinux_with({{{certificate(KeyType::ec, "A")}}});
    for (std::size_t size = 0; size < kernel.size(); size += 7)
        CHECK(find_in(kernel.substr(0, size)).trusted.size() <= 1);
}

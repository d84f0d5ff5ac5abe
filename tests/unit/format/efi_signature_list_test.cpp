// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/efi_signature_list.hpp.
#include "format/efi_signature_list.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "support/efi_lists.hpp"
#include "support/exact_copy.hpp"

using namespace kmodpp;
using namespace kmodpp::test;

namespace {

Result<efi::SignatureLists> read_lists(std::string_view variable) {
    return efi::read_signature_lists(as_bytes(variable));
}

}  // namespace

TEST_CASE("read_signature_lists: reads certificates and their hashes") {
    const std::string hash256(32, 'a'), hash384(48, 'b'), hash512(64, 'c');
    const std::string time(16, 't');
    const std::string variable = cat(
        efi_list(kEfiX509, {"certificate 1"}),
        efi_list(kEfiSha256, {std::string(32, 'x'), std::string(32, 'y')}),
        efi_list(kEfiX509, {"certificate 2", "certificate 3"}),
        efi_list(kEfiX509Sha256, {hash256 + time}), efi_list(kEfiX509Sha384, {hash384}),
        efi_list(kEfiX509Sha512, {hash512 + time}),
        efi_list(std::string(16, '?'), {"another type"}));
    const ExactCopy copy(variable);
    const auto lists = efi::read_signature_lists(copy.bytes());
    REQUIRE(lists.has_value());
    REQUIRE(lists->certificates.size() == 3);
    CHECK(as_text(lists->certificates[0]) == "certificate 1");
    CHECK(as_text(lists->certificates[1]) == "certificate 2");
    CHECK(as_text(lists->certificates[2]) == "certificate 3");
    REQUIRE(lists->certificate_hashes.size() == 3);
    CHECK(as_text(lists->certificate_hashes[0]) == hash256);
    CHECK(as_text(lists->certificate_hashes[1]) == hash384);
    CHECK(as_text(lists->certificate_hashes[2]) == hash512);
    CHECK(efi::is_signature_list(copy.bytes()));
    CHECK(read_lists("")->certificates.empty());
    CHECK_FALSE(efi::is_signature_list(as_bytes("")));
}

TEST_CASE("read_signature_lists: reports inconsistent sizes with their position") {
    const std::string list = efi_list(kEfiX509, {"certificate"});
    const auto with = [&](std::size_t at, char value) {
        std::string changed = list;
        changed[16 + at] = value;
        return changed;
    };
    const struct {
        std::string bytes;
        std::string_view expected;
    } cases[] = {
        {list + "x", "offset 0x37: EFI_SIGNATURE_LIST: cut off"},
        {with(0, 27),
         "offset 0x0: EFI_SIGNATURE_LIST: its size runs past the end or ends before its "
         "fields"},
        {with(3, 1),
         "offset 0x0: EFI_SIGNATURE_LIST: its size runs past the end or ends before its "
         "fields"},
        {with(4, 100),
         "offset 0x0: EFI_SIGNATURE_LIST: its header is larger than the list"},
        {with(8, 16),
         "offset 0x0: EFI_SIGNATURE_LIST: its entries are too small for data"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.expected);
        const ExactCopy copy(c.bytes);
        const auto lists = efi::read_signature_lists(copy.bytes());
        REQUIRE_FALSE(lists.has_value());
        CHECK(lists.error().kind == ErrorKind::malformed);
        CHECK(lists.error().message == c.expected);
    }
    for (std::size_t size = 1; size < list.size(); ++size)
        CHECK_FALSE(read_lists(list.substr(0, size)).has_value());
    // A partial entry is skipped.
    CHECK(read_lists(with(8, 100))->certificates.empty());
}

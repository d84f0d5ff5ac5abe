// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/efi_signature_list.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/endian.hpp"
#include "base/text.hpp"

namespace kmodpp::efi {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kGuidSize = 16;
constexpr std::size_t kListHeader = kGuidSize + 3 * 4;

struct Type {
    std::string_view guid;
    bool is_certificate;
    std::size_t hash_size;  ///< 0: not a certificate hash
};
constexpr Type kTypes[] = {
    // EFI_CERT_X509_GUID
    {"\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72"sv, true, 0},
    // EFI_CERT_X509_SHA256_GUID, _SHA384_, _SHA512_
    {"\x92\xa4\xd2\x3b\xc0\x96\x79\x40\xb4\x20\xfc\xf9\x8e\xf1\x03\xed"sv, false, 32},
    {"\x6e\x87\x76\x70\xc2\x80\xe6\x4e\xaa\xd2\x28\xb3\x49\xa6\x86\x5b"sv, false, 48},
    {"\x63\xbf\x6d\x44\x02\x25\xda\x4c\xbc\xfa\x24\x65\xd2\xb0\xfe\x9d"sv, false, 64},
    // EFI_CERT_SHA256_GUID: the hash of a program
    {"\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28"sv, false, 0},
};

const Type* type_of(Bytes list) {
    if (list.size() < kGuidSize) return nullptr;
    const auto row =
        std::ranges::find(kTypes, as_text(list.first(kGuidSize)), &Type::guid);
    return row == std::end(kTypes) ? nullptr : row;
}

void add_entries(const Type& type, Bytes entries, std::size_t size, SignatureLists& out) {
    for (; entries.size() >= size; entries = entries.subspan(size)) {
        const Bytes data = entries.subspan(kGuidSize, size - kGuidSize);
        if (type.is_certificate)
            out.certificates.push_back(data);
        else if (type.hash_size != 0 && data.size() >= type.hash_size)
            out.certificate_hashes.push_back(data.first(type.hash_size));
    }
}

}  // namespace

Result<SignatureLists> read_signature_lists(Bytes variable) {
    SignatureLists out;
    for (Bytes rest = variable; !rest.empty();) {
        const auto complain = [&](std::string_view what) {
            return fail(ErrorKind::malformed,
                        cat("offset ", hex(variable.size() - rest.size()),
                            ": EFI_SIGNATURE_LIST: ", what));
        };
        if (rest.size() < kListHeader) return complain("cut off");
        const auto u32 = [&](std::size_t at) {
            return load<std::uint32_t>(rest.data() + kGuidSize + at, std::endian::little);
        };
        const std::uint64_t list = u32(0), header = u32(4), entry = u32(8);
        if (list < kListHeader || list > rest.size())
            return complain("its size runs past the end or ends before its fields");
        if (header > list - kListHeader)
            return complain("its header is larger than the list");
        if (const Type* const type = type_of(rest)) {
            if (entry <= kGuidSize) return complain("its entries are too small for data");
            add_entries(*type,
                        rest.subspan(kListHeader + header, list - kListHeader - header),
                        entry, out);
        }
        rest = rest.subspan(list);
    }
    return out;
}

bool is_signature_list(Bytes bytes) { return type_of(bytes) != nullptr; }

}  // namespace kmodpp::efi

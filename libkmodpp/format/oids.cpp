// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/oids.hpp"

#include <algorithm>
#include <iterator>

namespace kmodpp::oid {

namespace {

struct NamedOid {
    std::string_view oid;
    std::string_view name;
};

constexpr NamedOid kHashes[] = {
    {"\x2a\x86\x48\x86\xf7\x0d\x02\x04"sv, "md4"},
    {"\x2a\x86\x48\x86\xf7\x0d\x02\x05"sv, "md5"},
    {"\x2b\x0e\x03\x02\x1a"sv, "sha1"},
    {"\x2b\x24\x03\x02\x01"sv, "rmd160"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv, "sha256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x02"sv, "sha384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x03"sv, "sha512"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x04"sv, "sha224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x07"sv, "sha3-224"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x08"sv, "sha3-256"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x09"sv, "sha3-384"},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x0a"sv, "sha3-512"},
    {"\x2a\x85\x03\x07\x01\x01\x02\x02"sv, "streebog256"},
    {"\x2a\x85\x03\x07\x01\x01\x02\x03"sv, "streebog512"},
    {"\x2a\x81\x1c\xcf\x55\x01\x83\x11"sv, "sm3"},
};

}  // namespace

std::string_view hash_name(Bytes oid) {
    const auto row = std::ranges::find(kHashes, as_text(oid), &NamedOid::oid);
    return row == std::end(kHashes) ? std::string_view() : row->name;
}

}  // namespace kmodpp::oid

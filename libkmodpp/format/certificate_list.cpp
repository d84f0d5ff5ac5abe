// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/certificate_list.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/endian.hpp"
#include "format/der.hpp"
#include "format/x509.hpp"

namespace kmodpp {

namespace {

using namespace std::string_view_literals;

/// "[0] { INTEGER 2 }, INTEGER": version 3 and the tag of the serial number.
constexpr std::string_view kBeginning = "\xa0\x03\x02\x01\x02\x02"sv;

/// Possible sizes of the two headers before it, those of Certificate and
/// TBSCertificate: 2 to 4 bytes each.
constexpr std::size_t kHeaders[] = {8, 7, 6, 5, 4};

/// Limit of places that only look like a certificate. A kernel has a handful; a crafted
/// file may have any number.
constexpr std::size_t kMaxFailures = 10'000;

std::optional<std::size_t> find_from(Bytes image, std::size_t at) {
    if (at >= image.size()) return std::nullopt;
    const void* const found = ::memmem(image.data() + at, image.size() - at,
                                       kBeginning.data(), kBeginning.size());
    if (found == nullptr) return std::nullopt;
    return static_cast<const std::byte*>(found) - image.data();
}

std::optional<Bytes> certificate_at(Bytes image, std::size_t at) {
    // The longest element that a header with a length of two bytes can describe.
    constexpr std::size_t kLongest = 0xffff + 4;
    const Bytes bytes = image.subspan(at, std::min(image.size() - at, kLongest));
    const auto read = x509::read_certificate(bytes);
    if (read) return read->whole;
    // A well-formed certificate is part of the list even if the kernel refuses it.
    const auto element = der::Reader(bytes).next("certificate");
    if (read.error().code == EBADMSG || !element) return std::nullopt;
    return element->whole;
}

/// The certificate whose version field is at \p version_at.
std::optional<Bytes> certificate_around(Bytes image, std::size_t version_at) {
    for (const std::size_t headers : kHeaders) {
        if (headers > version_at || image[version_at - headers] != std::byte{0x30})
            continue;
        if (auto found = certificate_at(image, version_at - headers)) return found;
    }
    return std::nullopt;
}

/// The meaning of ".align 8" depends on the assembler: 8 bytes on x86 and s390, 2^8 on
/// others.
constexpr std::size_t kAlignments[] = {8, 256};

struct Word {
    std::size_t size;
    std::endian order;
};
constexpr Word kWords[] = {{8, std::endian::little},
                           {8, std::endian::big},
                           {4, std::endian::little},
                           {4, std::endian::big}};

std::optional<std::uint64_t> word_at(Bytes image, std::size_t at, const Word& word) {
    if (!in_range(at, word.size, image.size())) return std::nullopt;
    if (word.size == 8) return load<std::uint64_t>(image.data() + at, word.order);
    return load<std::uint32_t>(image.data() + at, word.order);
}

/// A sequence of adjacent certificates.
struct Run {
    std::size_t begin;
    std::size_t end;
    std::vector<Bytes> certificates;
};

Run run_from(Bytes image, Bytes first) {
    Run run{static_cast<std::size_t>(first.data() - image.data()), 0, {first}};
    run.end = run.begin + first.size();
    while (run.end < image.size()) {
        const auto next = certificate_at(image, run.end);
        if (!next) break;
        run.certificates.push_back(*next);
        run.end += next->size();
    }
    return run;
}

/// The words after a run, if the first of them is the size of the run.
struct Sizes {
    std::uint64_t list;     ///< including the padding on MIPS
    std::uint64_t modules;  ///< the second word
};
std::optional<Sizes> sizes_after(Bytes image, const Run& run) {
    for (const std::size_t alignment : kAlignments) {
        // Alignment in memory is kept in the image, because its parts begin at page
        // boundaries.
        const std::size_t at = (run.end + alignment - 1) / alignment * alignment;
        for (const Word& word : kWords) {
            const auto size = word_at(image, at, word);
            if (size == run.end - run.begin || size == at - run.begin)
                return Sizes{*size, word_at(image, at + alignment, word).value_or(0)};
        }
    }
    return std::nullopt;
}

/// True if the second size is that of the first certificates in the list, or 0 for a
/// kernel without a module signing key.
bool is_first_part(const Run& run, const Sizes& sizes) {
    if (sizes.modules == 0 || sizes.modules == sizes.list) return true;
    std::uint64_t sum = 0;
    for (const Bytes certificate : run.certificates)
        if ((sum += certificate.size()) == sizes.modules) return true;
    return false;
}

}  // namespace

BuiltinCertificates find_builtin_certificates(Bytes image) {
    BuiltinCertificates out;
    std::size_t at = 0;
    for (std::size_t failures = 0; failures < kMaxFailures;) {
        const auto version_at = find_from(image, at);
        if (!version_at) break;
        at = *version_at + kBeginning.size();
        const auto first = certificate_around(image, *version_at);
        if (!first) {
            ++failures;
            continue;
        }
        Run run = run_from(image, *first);
        at = run.end;
        const auto sizes = sizes_after(image, run);
        if (!sizes) continue;
        // The linker puts the trusted certificates before the revoked ones.
        if (out.trusted.empty() && is_first_part(run, *sizes))
            out.trusted = std::move(run.certificates);
        else if (!out.trusted.empty() && out.revoked.empty())
            out.revoked = std::move(run.certificates);
    }
    return out;
}

}  // namespace kmodpp

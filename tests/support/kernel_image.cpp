// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/kernel_image.hpp"

#include "base/endian.hpp"

namespace kmodpp::test {

namespace {

void append_word(std::string& out, std::size_t value, const ListLayout& layout) {
    if (layout.word == 8)
        append(out, std::uint64_t{value}, layout.order);
    else
        append(out, static_cast<std::uint32_t>(value), layout.order);
}

void align(std::string& out, std::size_t alignment) {
    out.resize((out.size() + alignment - 1) / alignment * alignment);
}

std::string with_size(std::string_view payload) {
    std::string out(payload);
    if (!payload.starts_with("\x1f\x8b"))
        append(out, std::uint32_t{0x12345678}, std::endian::little);
    return out;
}

void put(std::string& out, std::size_t at, std::size_t value) {
    std::string bytes;
    append(bytes, static_cast<std::uint32_t>(value), std::endian::little);
    out.replace(at, bytes.size(), bytes);
}

}  // namespace

std::string vmlinux_with(const std::vector<CertificateList>& lists,
                         const ListLayout& layout) {
    std::string out =
        "\x7f"
        "ELF";
    out.resize(1000);
    for (const CertificateList& list : lists) {
        align(out, layout.alignment);
        const std::size_t begin = out.size();
        std::size_t module_keys = 0;
        for (std::size_t i = 0; i < list.certificates.size(); ++i) {
            out += list.certificates[i];
            if (i < list.module_keys) module_keys += list.certificates[i].size();
        }
        std::size_t size = out.size() - begin;
        align(out, layout.alignment);
        if (layout.counts_padding) {
            if (module_keys == size) module_keys = out.size() - begin;
            size = out.size() - begin;
        }
        append_word(out, size, layout);
        align(out, layout.alignment);
        if (list.with_module_key) append_word(out, module_keys, layout);
        align(out, layout.alignment);
        out.resize(out.size() + 64);
    }
    return out;
}

std::string self_unpacking_of(std::string_view payload) {
    return "\x7f"
           "ELF code \xfd"
           "7zXZ" +
           std::string(1, '\0') + "\x1f\x8b\x08 more code" + std::string(payload) +
           "what follows, which is no part of it";
}

std::string bzimage_of(std::string_view payload) {
    constexpr std::size_t kSectors = 3, kOffset = 0x40;
    std::string out((kSectors + 1) * 512 + kOffset, '\0');
    const std::string packed = with_size(payload);
    out[0x1f1] = kSectors;
    out.replace(0x202, 4, "HdrS");
    out.replace(0x206, 2, "\x0f\x02");
    put(out, 0x248, kOffset);
    put(out, 0x24c, packed.size());
    return out + packed + "what follows";
}

std::string zboot_of(std::string_view payload) {
    std::string out("MZ\0\0zimg", 8);
    out.resize(0x100);
    const std::string packed = with_size(payload);
    put(out, 8, out.size());
    put(out, 12, packed.size());
    return out + packed + "what follows";
}

}  // namespace kmodpp::test

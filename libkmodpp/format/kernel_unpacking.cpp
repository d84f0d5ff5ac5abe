// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/kernel_unpacking.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/endian.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

using namespace std::string_view_literals;

// IDs of filters.
constexpr std::uint8_t kX86 = 4, kPowerPc = 5, kIa64 = 6, kArm = 7, kArmThumb = 8,
                       kSparc = 9, kArm64 = 10, kRiscV = 11, kLzma2 = 0x21;

constexpr XzFilters bit(unsigned filter) { return XzFilters{1} << filter; }

constexpr std::string_view kTruncated = "its header is truncated";

/// Reads bytes in order; nullopt at the end.
class Cursor {
public:
    explicit Cursor(Bytes bytes) : rest_(bytes) {}
    std::optional<std::uint8_t> byte() {
        if (rest_.empty()) return std::nullopt;
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_ = rest_.subspan(1);
        return value;
    }
    /// False if fewer are left.
    bool skip(std::size_t count) {
        if (count > rest_.size()) return false;
        rest_ = rest_.subspan(count);
        return true;
    }
    /// Skips a variable-length integer of xz, in 7-bit groups. False if it is cut
    /// short.
    bool skip_number() {
        constexpr int kMaxBytes = 9;
        for (int i = 0; i < kMaxBytes; ++i) {
            const auto value = byte();
            if (!value) return false;
            if ((*value & 0x80) == 0) return true;
        }
        return false;
    }
    [[nodiscard]] Bytes rest() const { return rest_; }

private:
    Bytes rest_;
};

/// \param block the header of the first block, without its CRC
std::string_view xz_block_obstacle(Bytes block, XzFilters filters) {
    constexpr std::uint8_t kHasPackedSize = 0x40, kHasSize = 0x80;
    constexpr std::uint8_t kReserved = 0x3c, kFilters = 0x03;
    constexpr std::uint8_t kLargestDictionary = 39;
    Cursor header(block);
    const auto flags = header.byte();
    if (!flags) return kTruncated;
    if ((*flags & kReserved) != 0) return "its block header has unknown flags";
    if ((*flags & kFilters) > 1) return "it has more filters than the kernel supports";
    if ((*flags & kHasPackedSize) != 0 && !header.skip_number()) return kTruncated;
    if ((*flags & kHasSize) != 0 && !header.skip_number()) return kTruncated;
    if ((*flags & kFilters) == 1) {
        const auto id = header.byte(), size = header.byte();
        if (!id || !size) return kTruncated;
        if (*id < kX86 || *id > kRiscV || (filters & bit(*id)) == 0)
            return "it uses a filter that the kernel lacks";
        if (*size != 0) return "its filter has a start offset";
    }
    const auto id = header.byte(), size = header.byte(), dictionary = header.byte();
    if (!id || !size || !dictionary) return kTruncated;
    if (*id != kLzma2 || *size != 1) return "it uses a filter that the kernel lacks";
    if (*dictionary > kLargestDictionary) return "its dictionary is larger than 3 GiB";
    return {};
}

std::string_view xz_obstacle(Cursor header, XzFilters filters) {
    constexpr std::uint8_t kCrc32 = 1, kCrc64 = 4, kSha256 = 10;
    const auto version = header.byte(), check = header.byte();
    if (!version || !check) return kTruncated;
    if (*version != 0) return "its stream flags are unknown";
    if (*check == kCrc64) return "its check is CRC64; the kernel only supports CRC32";
    if (*check == kSha256) return "its check is SHA-256; the kernel only supports CRC32";
    if (*check > kCrc32) return "its check is unknown to the kernel";
    if (!header.skip(sizeof(std::uint32_t))) return kTruncated;
    const auto units = header.byte();
    if (!units) return kTruncated;
    if (*units == 0) return {};
    // The size includes this byte, and the CRC at the end of the header.
    const std::size_t size = (*units + 1U) * 4 - 1 - sizeof(std::uint32_t);
    if (header.rest().size() < size) return kTruncated;
    return xz_block_obstacle(header.rest().first(size), filters);
}

std::string_view zstd_obstacle(Cursor header) {
    constexpr std::uint64_t kLargestWindow = std::uint64_t{1} << 27;
    constexpr std::array<std::size_t, 4> kDictionarySizes = {0, 1, 2, 4};
    constexpr std::array<std::size_t, 4> kContentSizes = {0, 2, 4, 8};
    const auto flags = header.byte();
    if (!flags) return kTruncated;
    if ((*flags & 0x08) != 0) return "its frame header has unknown flags";
    const bool single = (*flags & 0x20) != 0;
    std::uint64_t window = 0;
    if (!single) {
        const auto code = header.byte();
        if (!code) return kTruncated;
        const std::uint64_t base = std::uint64_t{1} << (10 + (*code >> 3));
        window = base + base / 8 * (*code & 7);
    }
    const std::size_t dictionary = kDictionarySizes[*flags & 3];
    const Bytes id = header.rest().first(std::min(dictionary, header.rest().size()));
    if (!header.skip(dictionary)) return kTruncated;
    if (std::ranges::any_of(id, [](std::byte part) { return part != std::byte{0}; }))
        return "it needs a dictionary";
    if (single) {
        // In a single segment, code 0 means one byte. Two bytes count from 256.
        const unsigned code = *flags >> 6;
        const std::size_t size = code == 0 ? 1 : kContentSizes[code];
        for (std::size_t i = 0; i < size; ++i) {
            const auto part = header.byte();
            if (!part) return kTruncated;
            window |= std::uint64_t{*part} << (8 * i);
        }
        if (size == 2) window += 256;
    }
    if (window > kLargestWindow)
        return "its window is larger than the 128 MiB that the kernel supports";
    return {};
}

std::string_view gzip_obstacle(Cursor header) {
    constexpr std::uint8_t kDeflate = 8;
    constexpr std::uint8_t kHeaderCrc = 2, kExtra = 4, kComment = 16;
    const auto method = header.byte(), flags = header.byte();
    if (!method || !flags) return kTruncated;
    if (*method != kDeflate) return "its method is not deflate";
    if ((*flags & (kHeaderCrc | kExtra | kComment)) != 0)
        return "its header has fields that the kernel does not skip";
    return {};
}

struct Option {
    std::string_view line;  ///< without "CONFIG_" and "=y"
    std::string_view compression;
    XzFilters filter;
};
constexpr std::array kOptions = {
    Option{"MODULE_COMPRESS_GZIP", "gzip", 0},
    Option{"MODULE_COMPRESS_XZ", "xz", 0},
    Option{"MODULE_COMPRESS_ZSTD", "zstd", 0},
    Option{"XZ_DEC_X86", {}, bit(kX86)},
    Option{"XZ_DEC_POWERPC", {}, bit(kPowerPc)},
    Option{"XZ_DEC_IA64", {}, bit(kIa64)},
    Option{"XZ_DEC_ARM", {}, bit(kArm)},
    Option{"XZ_DEC_ARMTHUMB", {}, bit(kArmThumb)},
    Option{"XZ_DEC_SPARC", {}, bit(kSparc)},
    Option{"XZ_DEC_ARM64", {}, bit(kArm64)},
    Option{"XZ_DEC_RISCV", {}, bit(kRiscV)},
};

}  // namespace

XzFilters xz_filters_of(std::uint16_t machine) {
    switch (machine) {
        case EM_X86_64:
        case EM_386: return bit(kX86);
        case EM_PPC:
        case EM_PPC64: return bit(kPowerPc);
        case EM_IA_64: return bit(kIa64);
        case EM_ARM: return bit(kArm) | bit(kArmThumb);
        case EM_SPARC:
        case EM_SPARCV9: return bit(kSparc);
        default: return 0;
    }
}

std::string_view kernel_unpack_obstacle(Bytes head, XzFilters filters) {
    const std::string_view text = as_text(head);
    const auto after = [&](std::string_view magic) {
        return Cursor(head.subspan(magic.size()));
    };
    constexpr std::string_view kXz = "\xfd\x37zXZ\0"sv, kZstd = "\x28\xb5\x2f\xfd"sv,
                               kGzip = "\x1f\x8b"sv;
    if (text.starts_with(kXz)) return xz_obstacle(after(kXz), filters);
    if (text.starts_with(kZstd)) return zstd_obstacle(after(kZstd));
    if (text.starts_with(kGzip)) return gzip_obstacle(after(kGzip));
    return "it is not a gzip, xz or zstd stream";
}

KernelUnpacking read_kernel_unpacking(std::string_view config) {
    // A search is faster than reading all lines.
    if (!config.contains("CONFIG_MODULE_DECOMPRESS=y")) return {};
    constexpr std::string_view kPrefix = "CONFIG_", kOn = "=y";
    KernelUnpacking out;
    bool unpacks = false;
    while (!config.empty()) {
        std::string_view line = trim(take_until(config, '\n'));
        if (!line.starts_with(kPrefix) || !line.ends_with(kOn)) continue;
        line = line.substr(kPrefix.size(), line.size() - kPrefix.size() - kOn.size());
        unpacks = unpacks || line == "MODULE_DECOMPRESS";
        const auto* const option = std::ranges::find(kOptions, line, &Option::line);
        if (option == kOptions.end()) continue;
        out.filters |= option->filter;
        if (!option->compression.empty()) out.compression = option->compression;
    }
    if (!unpacks) out.compression = {};
    return out;
}

bool is_unpack_failure(std::string_view line) {
    return line.contains("decompression failed with status ") ||
           line.contains("ZSTD-compressed data has ") ||
           (line.contains("not a") && line.ends_with("compressed module"));
}

}  // namespace kmodpp

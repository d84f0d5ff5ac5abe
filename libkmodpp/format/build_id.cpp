// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/build_id.hpp"

#include <cstdint>

#include "base/endian.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kName("GNU\0", 4);
constexpr std::uint32_t kBuildIdType = 3;
constexpr std::size_t kHeadSize = 3 * sizeof(std::uint32_t) + kName.size();

}  // namespace

std::string read_build_id(const elf::Image& image) {
    const auto section = image.contents(".note.gnu.build-id");
    if (!section || section->size() < kHeadSize) return {};
    const auto word = [&](std::size_t index) {
        return load<std::uint32_t>(section->data() + index * sizeof(std::uint32_t),
                                   image.order());
    };
    const std::uint32_t size = word(1);
    if (word(0) != kName.size() || word(2) != kBuildIdType || size == 0 ||
        size > kMaxBuildId || !in_range(kHeadSize, size, section->size()))
        return {};
    if (as_text(section->subspan(kHeadSize - kName.size(), kName.size())) != kName)
        return {};
    return std::string(as_text(section->subspan(kHeadSize, size)));
}

}  // namespace kmodpp

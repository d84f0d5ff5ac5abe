// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes depmod's cache file, with corrected checksums, so that they are accepted.
#include "index/inspection_cache.hpp"

#include <vector>

#include "base/endian.hpp"
#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

namespace {

constexpr std::string_view kOrigin = "1 8 /lib/modules/6.1.0";
constexpr std::size_t kChecksumOffset = 16, kCoveredOffset = 24, kModulesOffset = 32,
                      kHeadSize = 40;

std::string with_checksums(std::string bytes) {
    if (bytes.size() < kHeadSize) return bytes;
    const auto put = [&bytes](std::size_t at, std::uint64_t checksum) {
        std::string raw;
        append(raw, checksum, std::endian::little);
        bytes.replace(at, raw.size(), raw);
    };
    const auto size =
        load<std::uint64_t>(as_bytes(bytes).data() + kCoveredOffset, std::endian::little);
    if (size > bytes.size() - kHeadSize) return bytes;
    const std::size_t head = bytes.size() - size;
    put(kModulesOffset, index::checksum_of(std::string_view(bytes).substr(head)));
    put(kChecksumOffset, index::checksum_of(std::string_view(bytes).substr(
                             kCoveredOffset, head - kCoveredOffset)));
    return bytes;
}

void walk(const index::ModuleFacts& facts) {
    std::size_t names = 0;
    for (const ExportedSymbol symbol : facts.exports()) names += symbol.name.size() + 1;
    for (const NeededSymbol symbol : facts.needs()) names += symbol.name.size() + 1;
    for (const std::string_view text : facts.aliases()) names += text.size() + 1;
    for (const std::string_view text : facts.softdeps()) names += text.size() + 1;
    for (const std::string_view text : facts.weakdeps()) names += text.size() + 1;
    claim(names <= facts.bytes().size(),
          "names are no longer than the facts that contain them");
}

}  // namespace

void fuzz_one(Bytes input) {
    const std::string text(as_text(input));
    static_cast<void>(index::InspectionCache::decode(text, kOrigin));
    const auto cache = index::InspectionCache::decode(with_checksums(text), kOrigin);
    if (!cache) return;
    std::vector<index::RememberedModule> modules;
    for (const index::RememberedModule& module : cache->modules()) {
        walk(module.facts);
        claim(cache->find(module.path) != nullptr, "a module is found by its path");
        modules.push_back({module.path, module.stamp, module.facts.view()});
    }
    const index::EncodedModules encoded = index::InspectionCache::encode_modules(modules);
    const std::string written =
        index::InspectionCache::encode_head(kOrigin, cache->last_run(), encoded) +
        encoded.bytes;
    const auto again = index::InspectionCache::decode(written, kOrigin);
    claim(again.has_value(), "the written cache can be read");
    claim(again->modules().size() == modules.size() &&
              again->last_run().files == cache->last_run().files &&
              again->last_run().digest == cache->last_run().digest,
          "the written cache has the same contents");
}

}  // namespace kmodpp::test

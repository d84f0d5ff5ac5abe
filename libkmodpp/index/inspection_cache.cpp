// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/inspection_cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/endian.hpp"
#include "base/text.hpp"

namespace kmodpp::index {

namespace {

constexpr auto kOrder = std::endian::little;
constexpr std::string_view kMagic = "KMODPPIC";
constexpr std::uint32_t kVersion = 5;
/// Offset of the first byte that the head checksum covers.
constexpr std::size_t kCoveredOffset = 24;

std::unexpected<Error> unusable(std::string_view why) {
    return fail(ErrorKind::malformed, std::string(why));
}

/// Reads consecutive values. A value that does not fit is returned empty and makes
/// fits() false.
class Reader {
public:
    explicit Reader(Bytes rest) : rest_(rest) {}

    template <std::unsigned_integral T>
    T number() {
        if (rest_.size() < sizeof(T)) {
            fits_ = false;
            return {};
        }
        const T value = load<T>(rest_.data(), kOrder);
        rest_ = rest_.subspan(sizeof(T));
        return value;
    }
    std::string_view text() {
        const std::string_view all = as_text(rest_);
        const std::size_t length = all.find('\0');
        if (length == std::string_view::npos) {
            fits_ = false;
            return {};
        }
        rest_ = rest_.subspan(length + 1);
        return all.substr(0, length);
    }
    io::FileTime time() {
        return io::FileTime(static_cast<std::int64_t>(number<std::uint64_t>()));
    }
    io::FileStamp stamp() {
        io::FileStamp stamp;
        stamp.device = number<std::uint64_t>();
        stamp.inode = number<std::uint64_t>();
        stamp.size = number<std::uint64_t>();
        stamp.modified = time();
        stamp.changed = time();
        return stamp;
    }
    ModuleFacts facts() {
        auto facts = ModuleFacts::take(rest_);
        if (!facts) fits_ = false;
        return facts ? *std::move(facts) : ModuleFacts{};
    }

    [[nodiscard]] bool fits() const { return fits_; }
    [[nodiscard]] bool at_end() const { return fits_ && rest_.empty(); }

private:
    Bytes rest_;
    bool fits_ = true;
};

class Writer {
public:
    explicit Writer(std::size_t size) { out_.reserve(size); }

    template <std::unsigned_integral T>
    void number(T value) {
        append(out_, value, kOrder);
    }
    void text(std::string_view text) {
        out_ += text;
        out_ += '\0';
    }
    void time(io::FileTime time) { number(static_cast<std::uint64_t>(time.count())); }
    void stamp(const io::FileStamp& stamp) {
        number(stamp.device);
        number(stamp.inode);
        number(stamp.size);
        time(stamp.modified);
        time(stamp.changed);
    }
    void bytes(Bytes bytes) { out_ += as_text(bytes); }

    std::string finish() { return std::move(out_); }

private:
    std::string out_;
};

}  // namespace

void Checksum::add(std::string_view block) {
    // The byte order is that of the machine: a cache is only used where it was written.
    constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    const auto add_to = [](std::uint64_t sum, std::uint64_t word) {
        constexpr int kRotation = 29;
        return std::rotl(sum ^ word, kRotation) * kFactor;
    };
    const auto word_at = [](const std::byte* at) {
        return load<std::uint64_t>(at, std::endian::native);
    };
    const std::byte* at = as_bytes(block).data();
    const std::byte* const end = at + block.size();
    std::uint64_t sum = add_to(value_, block.size());
    // Four sums, because each has to wait for its last multiplication.
    std::uint64_t second = 1, third = 2, fourth = 3;
    for (; end - at >= std::ptrdiff_t{4 * kWord}; at += 4 * kWord) {
        sum = add_to(sum, word_at(at));
        second = add_to(second, word_at(at + kWord));
        third = add_to(third, word_at(at + 2 * kWord));
        fourth = add_to(fourth, word_at(at + 3 * kWord));
    }
    for (; end - at >= std::ptrdiff_t{kWord}; at += kWord) sum = add_to(sum, word_at(at));
    std::uint64_t rest = 0;
    if (at != end) std::memcpy(&rest, at, static_cast<std::size_t>(end - at));
    value_ = add_to(add_to(add_to(add_to(sum, rest), second), third), fourth);
}

std::uint64_t checksum_of(std::string_view text) {
    Checksum checksum;
    do {
        checksum.add(text.substr(0, Checksum::kBlock));
        text.remove_prefix(std::min(text.size(), Checksum::kBlock));
    } while (!text.empty());
    return checksum.value();
}

Result<InspectionCache> InspectionCache::decode(std::string bytes,
                                                std::string_view origin) {
    InspectionCache cache;
    cache.bytes_ = std::move(bytes);
    const std::string_view all = cache.bytes_;
    if (!all.starts_with(kMagic)) return unusable("not an inspection cache");

    Reader in(as_bytes(all.substr(kMagic.size())));
    if (in.number<std::uint32_t>() != kVersion)
        return unusable("written by another version");
    in.number<std::uint32_t>();
    const auto head_checksum = in.number<std::uint64_t>();
    const auto modules_size = in.number<std::uint64_t>();
    const auto modules_checksum = in.number<std::uint64_t>();
    if (!in.fits() || modules_size > all.size() - kCoveredOffset)
        return unusable("damaged");
    const std::string_view head = all.substr(0, all.size() - modules_size);
    if (head_checksum != checksum_of(head.substr(kCoveredOffset)) ||
        modules_checksum != checksum_of(all.substr(head.size())))
        return unusable("damaged");
    if (in.text() != origin)
        return unusable("written for another tree or by another program");

    cache.last_.digest = in.number<std::uint64_t>();
    cache.last_.silent = in.number<std::uint32_t>() != 0;
    for (auto count = in.number<std::uint32_t>(); count > 0 && in.fits(); --count) {
        WrittenFile file{std::string(in.text())};
        file.size = in.number<std::uint64_t>();
        file.checksum = in.number<std::uint64_t>();
        cache.last_.files.push_back(std::move(file));
    }
    for (auto count = in.number<std::uint32_t>(); count > 0 && in.fits(); --count) {
        RememberedModule module;
        module.path = in.text();
        module.stamp = in.stamp();
        module.facts = in.facts();
        cache.positions_.try_emplace(module.path, cache.modules_.size());
        cache.modules_.push_back(std::move(module));
    }
    if (!in.at_end()) return unusable("malformed");
    return cache;
}

EncodedModules InspectionCache::encode_modules(
    const std::vector<RememberedModule>& modules) {
    constexpr std::size_t kStampSize = 5 * sizeof(std::uint64_t);
    constexpr std::size_t kHeadReserve = 4096;
    std::size_t size = kHeadReserve + sizeof(std::uint32_t);
    for (const RememberedModule& module : modules)
        size += module.path.size() + 1 + kStampSize + module.facts.bytes().size();

    Writer out(size);
    out.number(static_cast<std::uint32_t>(modules.size()));
    for (const RememberedModule& module : modules) {
        out.text(module.path);
        out.stamp(module.stamp);
        out.bytes(module.facts.bytes());
    }
    EncodedModules encoded{out.finish(), 0};
    encoded.checksum = checksum_of(encoded.bytes);
    return encoded;
}

std::string InspectionCache::encode_head(std::string_view origin, const LastRun& last,
                                         const EncodedModules& modules) {
    constexpr std::size_t kUsualSize = 1024;
    Writer covered(kUsualSize);
    covered.number(std::uint64_t{modules.bytes.size()});
    covered.number(modules.checksum);
    covered.text(origin);
    covered.number(last.digest);
    covered.number(std::uint32_t{last.silent});
    covered.number(static_cast<std::uint32_t>(last.files.size()));
    for (const WrittenFile& file : last.files) {
        covered.text(file.name);
        covered.number(file.size);
        covered.number(file.checksum);
    }
    const std::string rest = covered.finish();

    Writer out(kUsualSize);
    out.bytes(as_bytes(kMagic));
    out.number(kVersion);
    out.number(std::uint32_t{0});
    out.number(checksum_of(rest));
    return out.finish() + rest;
}

bool InspectionCache::may_be_cache(std::string_view head) {
    return kMagic.starts_with(head);
}

const RememberedModule* InspectionCache::find(std::string_view path) const {
    const auto at = positions_.find(path);
    return at == positions_.end() ? nullptr : &modules_[at->second];
}

}  // namespace kmodpp::index

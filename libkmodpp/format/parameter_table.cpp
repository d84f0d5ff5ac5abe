// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/parameter_table.hpp"

#include <algorithm>
#include <map>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/parameter_types.hpp"
#include "format/relocations.hpp"

namespace kmodpp {

namespace {

/// The kernel shows at most one page of a parameter.
constexpr std::size_t kMaxText = 4096;

/// Offsets in struct kernel_param and in what its arg points to.
struct Offsets {
    std::size_t size, perm, arg;
    std::size_t string_text;
    std::size_t array_count, array_elements;
};
constexpr Offsets kOffsets64 = {40, 24, 32, 8, 8, 24};
constexpr Offsets kOffsets32 = {20, 12, 16, 4, 8, 16};

class TableReader {
public:
    TableReader(Pointers& pointers, const std::vector<InfoEntry>& info)
        : pointers_(pointers),
          word_(pointers.image().word_size()),
          offsets_(pointers.image().is_64() ? kOffsets64 : kOffsets32) {
        for (const ParameterInfo& known : collect_parameters(info))
            if (known.type) types_.emplace(known.name, *known.type);
    }

    [[nodiscard]] std::size_t entry_size() const { return offsets_.size; }

    [[nodiscard]] Result<ParameterEntry> read(Place entry) {
        ParameterEntry out;
        TRY_ASSIGN(const auto name, pointers_.follow(entry));
        if (name) {
            TRY_ASSIGN(out.name, pointers_.text(*name, kMaxNameLength));
        }
        TRY_ASSIGN(const auto perm, pointers_.number(moved(entry, offsets_.perm), 2));
        out.perm = static_cast<std::uint16_t>(perm.value_or(0));
        TRY_ASSIGN(const auto variable, pointers_.follow(moved(entry, offsets_.arg)));
        const auto type = types_.find(out.name);
        if (!variable || type == types_.end()) return out;
        if (type->second == "string") {
            TRY(read_string(*variable, out));
        } else if (type->second.starts_with(kArrayTypePrefix)) {
            TRY(read_array(*variable, type->second.substr(kArrayTypePrefix.size()), out));
        } else {
            TRY_ASSIGN(auto shown, value(*variable, type->second));
            if (shown) keep({*std::move(shown)}, out);
        }
        return out;
    }

private:
    static Place moved(Place at, std::uint64_t by) {
        return {at.section, at.offset + by};
    }

    void keep(std::vector<std::string> initial, ParameterEntry& out) {
        std::size_t size = initial.size();
        for (const std::string& text : initial) size += text.size();
        if (size > left_) return;
        left_ -= size;
        out.initial = std::move(initial);
    }

    /// The text that the kernel shows for a variable of this type.
    [[nodiscard]] Result<std::optional<std::string>> value(Place at,
                                                           std::string_view type) {
        if (type == "charp") {
            TRY_ASSIGN(const auto target, pointers_.follow(at));
            if (!target) return "(null)";
            TRY_ASSIGN(const std::string_view text, pointers_.text(*target, kMaxText));
            return std::string(text);
        }
        const auto size = parameter_size(type, word_);
        if (!size) return std::nullopt;
        TRY_ASSIGN(const auto bits, pointers_.number(at, *size));
        if (!bits) return std::nullopt;
        return shown_bits(type, *bits, word_);
    }

    [[nodiscard]] Status read_string(Place at, ParameterEntry& out) {
        TRY_ASSIGN(const auto size, pointers_.number(at, sizeof(std::uint32_t)));
        if (size) out.max_size = static_cast<std::uint32_t>(*size);
        TRY_ASSIGN(const auto target, pointers_.follow(moved(at, offsets_.string_text)));
        if (!target) return {};
        TRY_ASSIGN(const std::string_view text, pointers_.text(*target, kMaxText));
        keep({std::string(text)}, out);
        return {};
    }

    [[nodiscard]] Status read_array(Place at, std::string_view type,
                                    ParameterEntry& out) {
        TRY_ASSIGN(const auto max, pointers_.number(at, sizeof(std::uint32_t)));
        TRY_ASSIGN(const auto stride, pointers_.number(moved(at, sizeof(std::uint32_t)),
                                                       sizeof(std::uint32_t)));
        if (!max || !stride) return {};
        out.max_elements = static_cast<std::uint32_t>(*max);
        TRY_ASSIGN(const auto counter, pointers_.follow(moved(at, offsets_.array_count)));
        TRY_ASSIGN(const auto elements,
                   pointers_.follow(moved(at, offsets_.array_elements)));
        out.counts_elements = counter.has_value();
        if (!elements) return {};
        std::uint64_t count = *max;
        if (counter) {
            TRY_ASSIGN(const auto given,
                       pointers_.number(*counter, sizeof(std::uint32_t)));
            count = std::min(given.value_or(0), count);
        }
        std::vector<std::string> shown;
        std::size_t size = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            TRY_ASSIGN(auto one, value(moved(*elements, i * *stride), type));
            if (!one) return {};
            size += one->size() + 1;
            if (size > std::min(kMaxText, left_)) return {};
            shown.push_back(*std::move(one));
        }
        keep(std::move(shown), out);
        return {};
    }

    Pointers& pointers_;
    const std::size_t word_;
    const Offsets& offsets_;
    std::map<std::string_view, std::string_view> types_;
    std::size_t left_ = kMaxInitialTexts;
};

}  // namespace

Result<std::vector<ParameterEntry>> read_parameter_table(
    const elf::Image& image, const std::vector<InfoEntry>& info) {
    std::vector<ParameterEntry> entries;
    const elf::Section* const table = image.find("__param");
    if (table == nullptr) return entries;
    TRY_ASSIGN(Pointers pointers, Pointers::open(image));
    TableReader reader(pointers, info);
    TRY_ASSIGN(const Bytes contents, image.contents(*table));
    for (std::uint64_t at = 0; in_range(at, reader.entry_size(), contents.size());
         at += reader.entry_size()) {
        TRY_ASSIGN(ParameterEntry entry, reader.read({table, at}));
        entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace kmodpp

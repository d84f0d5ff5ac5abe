// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/forced_image.hpp"

#include <algorithm>
#include <span>

#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "format/signature_tail.hpp"
#include "format/symbols.hpp"

namespace kmodpp::kernel {

namespace {

/// A writable view of the part of `all` that `part` refers to.
std::span<char> writable(std::string& all, std::string_view part) {
    return std::span(all).subspan(static_cast<std::size_t>(part.data() - all.data()),
                                  part.size());
}

/// The whole text of an entry: key, '=' and value.
std::string_view text_of(const InfoEntry& entry) {
    return {entry.key.data(), entry.value.data() + entry.value.size()};
}

}  // namespace

Result<std::string> forced_image(Bytes image, LoadFlags flags) {
    std::string copy(as_text(image));
    MemorySource source(as_bytes(copy));
    TRY_ASSIGN(const elf::Image view, elf::Image::parse(source));
    if (flags.ignore_vermagic) {
        TRY_ASSIGN(const auto entries, read_modinfo(view));
        // The kernel skips NUL bytes between entries.
        for (const InfoEntry& entry : entries)
            if (entry.key == "vermagic")
                std::ranges::fill(writable(copy, text_of(entry)), '\0');
    }
    if (flags.ignore_modversions)
        for (const std::string_view name : kVersionSections)
            if (const elf::Section* const section = view.find(name))
                writable(copy, section->name).front() = '-';
    while (copy.ends_with(kSignatureMarker))
        copy.resize(copy.size() - kSignatureMarker.size());
    return copy;
}

}  // namespace kmodpp::kernel

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/forced_image.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.hpp"
#include "format/elf.hpp"
#include "format/signature_tail.hpp"

namespace kmodpp::kernel {

namespace {

/// By these names the kernel finds modversions (source: kernel/module/main.c).
constexpr std::array<std::string_view, 3> kVersionSections = {
    "__versions", "__version_ext_crcs", "__version_ext_names"};

constexpr std::string_view kVermagic = "vermagic=";

/// The part of `all` that `part` views, for writing.
std::span<char> writable(std::string& all, std::string_view part) {
    return std::span(all).subspan(static_cast<std::size_t>(part.data() - all.data()),
                                  part.size());
}

/// NULs between the texts of .modinfo are skipped.
void blank_vermagic(std::string& copy, std::string_view modinfo) {
    for (std::size_t at = 0; at < modinfo.size();) {
        const std::string_view text = modinfo.substr(at, modinfo.find('\0', at) - at);
        if (text.starts_with(kVermagic)) std::ranges::fill(writable(copy, text), '\0');
        at += text.size() + 1;
    }
}

}  // namespace

Result<std::string> forced_image(Bytes image, LoadFlags flags) {
    std::string copy(as_text(image));
    MemorySource source(as_bytes(copy));
    TRY_ASSIGN(const elf::Image view, elf::Image::parse(source));
    if (flags.ignore_vermagic) {
        TRY_ASSIGN(const Bytes modinfo, view.contents(".modinfo"));
        blank_vermagic(copy, as_text(modinfo));
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

// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parser of a module signature: trailer, PKCS#7, and DER in general. An input
// without a trailer gets one, so that the data before it is parsed.
#include "format/signature.hpp"

#include "base/endian.hpp"
#include "format/der.hpp"
#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

namespace {

constexpr std::size_t kTrailerSize = 12;

void read_file(std::string_view file) {
    const ExactCopy copy(file);
    SliceSource source(copy.bytes());
    const auto signature = read_signature(source);
    // As in the kernel, a file that consists of the marker has no signature.
    const bool has_marker =
        file.size() > kSignatureMarker.size() && file.ends_with(kSignatureMarker);
    if (!signature) {
        claim(has_marker, "only a file with the marker can be an error");
        claim(signature.error().message.starts_with("module signature: "),
              "an error begins with its subject");
        return;
    }
    claim(signature->has_value() == has_marker,
          "a file has a signature exactly if it has the marker");
    if (!*signature) return;
    claim((*signature)->body_size > 0 && (*signature)->body_size < file.size(),
          "the signed body is a part of the file");
    claim((*signature)->signature.size() < file.size(),
          "the signature is smaller than the file");
}

/// Reads every element of every level up to a maximum depth.
void walk(der::Reader reader, unsigned depth) {
    while (const auto tag = reader.peek()) {
        der::Reader at = reader;
        const auto contents = reader.take(*tag, "element");
        if (!contents) {
            claim(contents.error().message.starts_with("offset 0x"),
                  "an error begins with an offset");
            return;
        }
        constexpr unsigned kConstructed = 0x20, kDeepest = 16;
        if ((*tag & kConstructed) == 0 || depth == kDeepest) continue;
        if (auto inner = at.enter(*tag, "level")) walk(*inner, depth + 1);
    }
    claim(reader.at_end(), "a complete walk ends at the end of the data");
}

}  // namespace

void fuzz_one(Bytes input) {
    read_file(as_text(input));
    walk(der::Reader(input), 0);
    std::string file = "module";
    file += as_text(input);
    std::string trailer("\0\0\2\0\0\0\0\0", kTrailerSize - sizeof(std::uint32_t));
    append(trailer, static_cast<std::uint32_t>(input.size()), std::endian::big);
    read_file(file + trailer + std::string(kSignatureMarker));
}

}  // namespace kmodpp::test

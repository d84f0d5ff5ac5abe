// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/signature_tail.hpp"

#include <utility>

#include "base/endian.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

constexpr std::size_t kTrailerSize = 12;

SignatureTail decode(Bytes bytes, std::uint64_t before) {
    const auto u8 = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    return {u8(0),
            u8(1),
            u8(2),
            u8(3),
            u8(4),
            {u8(5), u8(6), u8(7)},
            load<std::uint32_t>(bytes.data() + 8, std::endian::big),
            before};
}

}  // namespace

Status SignatureTail::check_unused() const {
    const struct {
        std::string_view name;
        unsigned value;
    } unused[] = {{"algo", algo},
                  {"hash", hash},
                  {"signer_len", signer_len},
                  {"key_id_len", key_id_len},
                  {"pad[0]", pad[0]},
                  {"pad[1]", pad[1]},
                  {"pad[2]", pad[2]}};
    for (const auto& field : unused)
        if (field.value != 0)
            return malformed(cat("trailer field ", field.name, " is ", field.value,
                                 ", but PKCS#7 requires 0"));
    return {};
}

Result<std::optional<SignatureTail>> read_signature_tail(ByteSource& source) {
    const std::uint64_t size = source.size();
    // The kernel does not look for a marker in a file of exactly that size.
    if (size <= kSignatureMarker.size()) return std::nullopt;
    const std::uint64_t end = size - kSignatureMarker.size();
    const std::uint64_t before = end < kTrailerSize ? 0 : end - kTrailerSize;
    TRY_ASSIGN(const Bytes tail, source.slice(before, size - before));
    if (!as_text(tail).ends_with(kSignatureMarker)) return std::nullopt;
    if (end < kTrailerSize)
        return malformed(
            cat("only ", end, " of ", kTrailerSize, " bytes precede the marker"));
    const SignatureTail out = decode(tail.first(kTrailerSize), before);
    if (out.sig_len >= before)
        return malformed(cat("sig_len ", out.sig_len, " leaves no module in the ", before,
                             " bytes before the trailer"));
    return out;
}

}  // namespace kmodpp

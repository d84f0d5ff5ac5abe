// SPDX-License-Identifier: LGPL-2.1-or-later
// What the fuzz targets share. A target is one file that defines fuzz_one().
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "support/exact_copy.hpp"

namespace kmodpp::test {

/// Hands the bytes to the readers of a target. Any bytes are a valid input; what does not
/// hold ends the program through claim(), so that a fuzzer keeps the input.
void fuzz_one(Bytes input);

/// Ends the program with the text when the claim does not hold.
void claim(bool holds, std::string_view text);

/// Hands every slice out as a block of exactly its size, so that AddressSanitizer sees
/// whoever reads beyond what he asked for. Borrows the bytes.
class SliceSource final : public ByteSource {
public:
    explicit SliceSource(Bytes bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override;

private:
    Bytes bytes_;
    std::deque<ExactCopy> slices_;
};

/// Cuts an input into the arguments of a call. Beyond its end everything is zero or
/// empty.
class Cutter {
public:
    explicit Cutter(Bytes input) : rest_(as_text(input)) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    std::uint8_t byte();
    /// As many bytes as the next one says, or what there is.
    std::string_view text();
    /// Up to the next newline, which goes too.
    std::string_view line();
    std::string_view rest();

private:
    std::string_view rest_;
};

}  // namespace kmodpp::test

// SPDX-License-Identifier: LGPL-2.1-or-later
// Shared by the fuzz targets. A target is one file that defines fuzz_one().
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

/// Passes the bytes to the readers of a target. Any bytes are valid input; a violated
/// claim() aborts the program, so that the fuzzer keeps the input.
void fuzz_one(Bytes input);

/// Aborts the program with the text if the claim does not hold.
void claim(bool holds, std::string_view text);

/// Returns every slice as a block of exactly its size, so that AddressSanitizer detects
/// reads past its end. Borrows the bytes.
class SliceSource final : public ByteSource {
public:
    explicit SliceSource(Bytes bytes) : bytes_(bytes) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override;

private:
    Bytes bytes_;
    std::deque<ExactCopy> slices_;
};

/// Splits an input into the arguments of a call. Past its end everything is zero or
/// empty.
class Cutter {
public:
    explicit Cutter(Bytes input) : rest_(as_text(input)) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    std::uint8_t byte();
    /// A length byte and that many bytes, or the rest.
    std::string_view text();
    /// The text up to the next newline, which is consumed.
    std::string_view line();
    std::string_view rest();

private:
    std::string_view rest_;
};

}  // namespace kmodpp::test

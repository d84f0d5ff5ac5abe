// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fuzz/fuzz.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/text.hpp"

namespace kmodpp::test {

void claim(bool holds, std::string_view text) {
    if (holds) return;
    const std::string line = cat("does not hold: ", text, "\n");
    // The program aborts in any case.
    if (::write(STDERR_FILENO, line.data(), line.size()) < 0) std::abort();
    std::abort();
}

Result<Bytes> SliceSource::slice(std::uint64_t offset, std::uint64_t size) {
    if (!in_range(offset, size, bytes_.size()))
        return fail(ErrorKind::malformed, describe_range(offset, size, bytes_.size()));
    return slices_.emplace_back(as_text(bytes_.subspan(offset, size))).bytes();
}

std::uint8_t Cutter::byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
}

std::string_view Cutter::text() {
    const std::size_t size = byte();
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(text.size());
    return text;
}

std::string_view Cutter::line() { return take_until(rest_, '\n'); }

std::string_view Cutter::rest() { return std::exchange(rest_, {}); }

}  // namespace kmodpp::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const void* const bytes = data;
    kmodpp::test::fuzz_one({static_cast<const std::byte*>(bytes), size});
    return 0;
}

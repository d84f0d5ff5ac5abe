// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/temporary_name.hpp"

#include <cstdint>
#include <ctime>

#include "base/text.hpp"

namespace kmodpp::io {

namespace {

constexpr std::string_view kAlphabet =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

}  // namespace

std::string temporary_name(std::string_view name, unsigned number) {
    // O_EXCL prevents collisions, so each attempt only needs another name. The clock
    // suffices for that, with \p number in case it stands still, which may last 10 ms.
    // There are no random numbers early in a boot.
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    auto rest = static_cast<std::uint64_t>(now.tv_nsec) +
                static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + number;
    std::string out = cat(".", name, ".");
    while (out.size() < name.size() + kAddedLength) {
        out += kAlphabet[rest % kAlphabet.size()];
        rest /= kAlphabet.size();
    }
    return out;
}

bool is_temporary_of(std::string_view name, std::string_view candidate) {
    return candidate.size() == name.size() + kAddedLength && candidate.front() == '.' &&
           candidate.substr(1, name.size()) == name &&
           candidate[name.size() + 1] == '.' &&
           candidate.find_first_not_of(kAlphabet, name.size() + 2) ==
               std::string_view::npos;
}

}  // namespace kmodpp::io

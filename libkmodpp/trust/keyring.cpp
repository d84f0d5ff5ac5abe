// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/keyring.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace kmodpp::trust {

namespace {

constexpr std::string_view kType = " asymmetri ";

std::optional<std::string> bytes_of_hex(std::string_view text) {
    if (text.empty() || text.size() % 2 != 0) return std::nullopt;
    std::string out;
    for (; !text.empty(); text.remove_prefix(2)) {
        const auto value = parse_unsigned<std::uint8_t>(text.substr(0, 2), 16);
        if (!value) return std::nullopt;
        out += static_cast<char>(*value);
    }
    return out;
}

/// Parses "NAME: ID: X509.rsa 1234abcd []". NAME may contain colons.
std::optional<ListedKey> read_description(std::string_view text) {
    const std::size_t kind = text.rfind(": X509.");
    if (kind == std::string_view::npos) return std::nullopt;
    text = text.substr(0, kind);
    const std::size_t colon = text.rfind(": ");
    if (colon == std::string_view::npos) return std::nullopt;
    auto id = bytes_of_hex(text.substr(colon + 2));
    if (!id) return std::nullopt;
    return ListedKey{std::string(text.substr(0, colon)), *std::move(id)};
}

}  // namespace

std::vector<ListedKey> listed_keys(std::string_view proc_keys) {
    std::vector<ListedKey> out;
    while (!proc_keys.empty()) {
        const std::string_view line = take_until(proc_keys, '\n');
        const std::size_t type = line.find(kType);
        if (type == std::string_view::npos) continue;
        auto key = read_description(line.substr(type + kType.size()));
        if (!key || std::ranges::find(out, key->id, &ListedKey::id) != out.end())
            continue;
        out.push_back(*std::move(key));
    }
    return out;
}

}  // namespace kmodpp::trust

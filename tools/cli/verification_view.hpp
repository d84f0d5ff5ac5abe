// SPDX-License-Identifier: LGPL-2.1-or-later
// modinfo --verify: verdicts on signatures as lines, a summary, or JSON.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include <kmodpp/signature_check.hpp>

namespace kmodpp::cli {

/// "/lib/…/ext4.ko: valid: signed by 'Build key' (/boot/vmlinuz-6.1.0)", with a newline.
/// Of modules that could be read.
[[nodiscard]] std::string verdict_as_text(const VerifiedModule& module);
/// An element of an array; no newline behind it.
[[nodiscard]] std::string verdict_as_json(const VerifiedModule& module, bool terminal);

/// Counts modules by verdict and signer.
class VerdictCounts {
public:
    void add(const VerifiedModule& module);
    /// "4023 valid: signed by 'Build key' (/boot/vmlinuz-6.1.0)", a line for each kind.
    [[nodiscard]] std::string as_text() const;

private:
    /// In the order of the verdicts; those that could not be read come last.
    std::map<std::pair<int, std::string>, std::size_t> counts_;
};

}  // namespace kmodpp::cli

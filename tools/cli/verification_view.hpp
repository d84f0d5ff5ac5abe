// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the verdicts of modinfo --verify and depmod --verify as lines, a summary, or
// JSON.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <kmodpp/signature_check.hpp>

#include "cli/array_printer.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/styled_text.hpp"

namespace kmodpp::cli {

/// "/lib/…/ext4.ko: valid: signed by 'Build key' (/boot/vmlinuz-6.1.0)", with a newline.
/// For modules that could be read.
[[nodiscard]] StyledText verdict_as_text(const VerifiedModule& module);
/// One array element, without a final newline.
[[nodiscard]] std::string verdict_as_json(const VerifiedModule& module, bool terminal);

/// Counts modules by verdict and signer.
class VerdictCounts {
public:
    void add(const VerifiedModule& module);
    /// One line per kind: "4023 valid: signed by 'Build key' (/boot/vmlinuz-6.1.0)".
    [[nodiscard]] StyledText as_text() const;

private:
    struct Count {
        std::size_t modules = 0;
        Style style = Style::plain;  ///< of the verdict
    };
    /// Ordered by verdict; modules that could not be read come last.
    std::map<std::pair<int, std::string>, Count> counts_;
};

/// Prints verdicts in the form selected by --json and --verbose, and records whether all
/// modules are trusted. An unreadable module is reported as an error and not trusted.
class VerdictPrinter {
public:
    VerdictPrinter(const CommonOptions& options, Messages& messages);

    using Verdicts = Result<std::vector<VerifiedModule>>;
    /// Prints every verdict.
    void show(const Verdicts& modules);
    /// Prints the modules of a release that are not trusted (verbose: all), and a
    /// summary.
    void show_tree(const Verdicts& modules);
    /// True if every module is trusted.
    [[nodiscard]] bool finish();

private:
    void show(const VerifiedModule& module);

    Messages& messages_;
    bool json_;
    bool verbose_;
    bool terminal_;
    bool all_trusted_ = true;
    ArrayPrinter array_;
};

}  // namespace kmodpp::cli

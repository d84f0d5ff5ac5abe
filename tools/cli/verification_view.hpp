// SPDX-License-Identifier: LGPL-2.1-or-later
// modinfo --verify and depmod --verify: verdicts on signatures as lines, a summary, or
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

/// Prints verdicts in the form that --json and --verbose choose, and remembers whether
/// all were good. What could not be read is an error message, and not good.
class VerdictPrinter {
public:
    VerdictPrinter(const Arguments& arguments, Messages& messages);

    using Verdicts = Result<std::vector<VerifiedModule>>;
    /// Each of some modules.
    void show(const Verdicts& modules);
    /// The modules of a release: those that are not trusted (verbose: all), and a
    /// summary.
    void show_tree(const Verdicts& modules);
    /// True: every module is trusted.
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

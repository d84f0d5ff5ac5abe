// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs depmod, which is in a library of its own, from the other tools.
#pragma once

namespace kmodpp::cli {

/// Opens libkmodpp-index and runs depmod with the arguments of main(), argv[0] included.
/// Prints an error and fails if the library cannot be opened. Returns the exit status.
[[nodiscard]] int run_depmod(int argc, char** argv);

}  // namespace kmodpp::cli

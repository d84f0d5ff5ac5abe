// SPDX-License-Identifier: LGPL-2.1-or-later
// The main function of programs with a single tool.
#include <algorithm>

#include "cli/tool.hpp"

int main(int argc, char** argv) {
    kmodpp::cli::end_when_memory_runs_out();
    return kmodpp::cli::run_tool(kmodpp::cli::KMODPP_TOOL,
                                 {argv + std::min(argc, 1), argv + argc});
}

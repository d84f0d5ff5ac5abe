// SPDX-License-Identifier: LGPL-2.1-or-later
// The main function of programs with a single tool.
#include "cli/programs.hpp"

int main(int argc, char** argv) { return KMODPP_TOOL(argc, argv); }

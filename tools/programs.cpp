// SPDX-License-Identifier: LGPL-2.1-or-later
// The tools in libkmodpp-load as functions for main().
#include "cli/programs.hpp"

#include "cli/tool.hpp"

namespace cli = kmodpp::cli;

int kmodpp_insmod(int argc, char** argv) {
    return cli::run_program(cli::kInsmod, argc, argv);
}
int kmodpp_lsmod(int argc, char** argv) {
    return cli::run_program(cli::kLsmod, argc, argv);
}
int kmodpp_modinfo(int argc, char** argv) {
    return cli::run_program(cli::kModinfo, argc, argv);
}
int kmodpp_modprobe(int argc, char** argv) {
    return cli::run_program(cli::kModprobe, argc, argv);
}
int kmodpp_rmmod(int argc, char** argv) {
    return cli::run_program(cli::kRmmod, argc, argv);
}

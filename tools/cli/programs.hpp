// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions of the libraries that the programs consist of. Not a public interface.
#pragma once

#include <kmodpp/export.hpp>

extern "C" {
/// Each function of libkmodpp-load runs a tool with the arguments of main(), and returns the exit status.
KMODPP_API int kmodpp_insmod(int argc, char** argv);
KMODPP_API int kmodpp_lsmod(int argc, char** argv);
KMODPP_API int kmodpp_modinfo(int argc, char** argv);
KMODPP_API int kmodpp_modprobe(int argc, char** argv);
KMODPP_API int kmodpp_rmmod(int argc, char** argv);
KMODPP_API int kmodpp_kmod(int argc, char** argv);
/// In libkmodpp.
KMODPP_API int kmodpp_weak_modules(int argc, char** argv);
/// In libkmodpp-index.
KMODPP_API int kmodpp_depmod(int argc, char** argv);
}

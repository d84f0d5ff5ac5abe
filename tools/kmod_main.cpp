// SPDX-License-Identifier: LGPL-2.1-or-later
// The main function of kmod. depmod's library, which needs the shared C++ library, is only loaded
// to run depmod.
#include <dlfcn.h>

#include <bit>
#include <cstdio>

#include "cli/programs.hpp"

namespace {

int run_depmod(int argc, char** argv) {
    void* const library = dlopen(KMODPP_INDEX_LIBRARY, RTLD_NOW);
    void* const function =
        library != nullptr ? dlsym(library, "kmodpp_depmod") : nullptr;
    if (function == nullptr) {
        std::fprintf(stderr, "kmod: ERROR: cannot run depmod: %s\n", dlerror());
        return 1;
    }
    return std::bit_cast<int (*)(int, char**)>(function)(argc, argv);
}

}  // namespace

int main(int argc, char** argv) { return kmodpp_kmod(argc, argv, run_depmod); }

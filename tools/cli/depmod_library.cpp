// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/depmod_library.hpp"

#include <dlfcn.h>

#include <bit>
#include <string>
#include <string_view>

#include "cli/messages.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

/// The directory of this library, with a slash. A RUNPATH would make the loader search
/// it for libc at every start.
std::string own_directory() {
    Dl_info info{};
    if (dladdr(std::bit_cast<void*>(&run_depmod), &info) == 0) return {};
    const std::string_view path = info.dli_fname;
    return std::string(path.substr(0, path.rfind('/') + 1));
}

}  // namespace

int run_depmod(int argc, char** argv) {
    void* library = dlopen((own_directory() + KMODPP_INDEX_LIBRARY).c_str(), RTLD_NOW);
    if (library == nullptr) library = dlopen(KMODPP_INDEX_LIBRARY, RTLD_NOW);
    void* const function =
        library != nullptr ? dlsym(library, "kmodpp_depmod") : nullptr;
    if (function == nullptr) {
        const char* const reason = dlerror();
        Messages("depmod").error("cannot open " KMODPP_INDEX_LIBRARY ": " +
                                 std::string(reason != nullptr ? reason : "no depmod"));
        return kFailure;
    }
    return std::bit_cast<int (*)(int, char**)>(function)(argc, argv);
}

}  // namespace kmodpp::cli

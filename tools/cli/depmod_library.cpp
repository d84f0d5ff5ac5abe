// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/depmod_library.hpp"

#include "cli/messages.hpp"
#include "cli/programs.hpp"
#include "cli/tool.hpp"
#include "io/shared_object.hpp"

namespace kmodpp::cli {

namespace {

Result<int> run_in_library(int argc, char** argv) {
    TRY_ASSIGN(const auto library,
               io::SharedObject::open_beside(KMODPP_INDEX_LIBRARY, KMODPP_LIBRARY_PACKAGE));
    decltype(&kmodpp_depmod) depmod = nullptr;
    TRY(library.bind(depmod, "kmodpp_depmod"));
    return depmod(argc, argv);
}

}  // namespace

int run_depmod(int argc, char** argv) {
    const auto status = run_in_library(argc, argv);
    if (status) return *status;
    Messages("depmod").error(status.error().message);
    return kFailure;
}

}  // namespace kmodpp::cli

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "execute/verifying_kernel.hpp"

#include <cerrno>

#include "base/text.hpp"
#include "io/module_file.hpp"
#include "trust/verify.hpp"

namespace kmodpp {

Status VerifyingKernel::load(io::ModuleFile& file, const std::string& parameters,
                             kernel::LoadFlags flags) {
    // An error of unpacking; without the contents, the size would be none.
    if (file.compression() != io::Compression::none) TRY(file.contents());
    TRY_ASSIGN(const SignatureCheck check, trust::check_signature(file, store_));
    if (check.verdict != SignatureVerdict::valid) {
        // What a kernel that enforces makes of its own verdict.
        const bool damaged = check.verdict == SignatureVerdict::malformed;
        return fail(ErrorKind::denied, cat(file.path(), ": ", check.reason),
                    damaged ? check.kernel_error : EKEYREJECTED);
    }
    return kernel_.load(file, parameters, flags);
}

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "execute/signature_gate.hpp"

#include <cerrno>

#include "base/text.hpp"
#include "trust/verify.hpp"

namespace kmodpp {

Status require_signature(io::ModuleFile& file, const trust::TrustStore& certificates) {
    // An error of unpacking; without the contents, the size would be none.
    if (file.compression() != io::Compression::none) TRY(file.contents());
    TRY_ASSIGN(const SignatureCheck check, trust::check_signature(file, certificates));
    if (check.verdict == SignatureVerdict::valid) return {};
    // What a kernel that enforces makes of its own verdict.
    const bool damaged = check.verdict == SignatureVerdict::malformed;
    return fail(ErrorKind::denied, cat(file.path(), ": ", check.reason),
                damaged ? check.kernel_error : EKEYREJECTED);
}

}  // namespace kmodpp

// SPDX-License-Identifier: LGPL-2.1-or-later
#include "execute/signature_gate.hpp"

#include <cerrno>

#include "base/text.hpp"
#include "trust/check_signature.hpp"

namespace kmodpp {

Status require_signature(io::ModuleFile& file, const trust::TrustStore& certificates) {
    // Reports decompression errors; without the contents, the size is unknown.
    if (file.compression() != io::Compression::none) TRY(file.contents());
    TRY_ASSIGN(const SignatureCheck check, trust::check_signature(file, certificates));
    if (check.verdict == SignatureVerdict::valid) return {};
    // A kernel that enforces signatures replaces the errno of modules that it would
    // load otherwise (source: module_sig_check).
    const int code = check.kernel_error;
    const bool is_replaced = code == ENODATA || code == ENOPKG || code == ENOKEY;
    return fail(ErrorKind::denied, cat(file.path(), ": ", check.reason),
                is_replaced ? EKEYREJECTED : code);
}

}  // namespace kmodpp

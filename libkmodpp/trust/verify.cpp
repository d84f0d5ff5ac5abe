// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/verify.hpp"

namespace kmodpp::trust {

Result<SignatureCheck> check_signature(ByteSource&, const TrustStore&) {
    return fail(ErrorKind::unsupported, "signatures cannot be verified yet");
}

}  // namespace kmodpp::trust

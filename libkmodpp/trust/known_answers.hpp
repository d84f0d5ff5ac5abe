// SPDX-License-Identifier: LGPL-2.1-or-later
// What tells a libcrypto that fails from a signature that is wrong.
#pragma once

namespace kmodpp::trust {

/// Whether libcrypto verifies signatures that are known to be right, one of each kind of
/// key. Where memory ran out once it may be of no use for good, and calls every key and
/// every signature a wrong one.
[[nodiscard]] bool gives_known_answers();

}  // namespace kmodpp::trust

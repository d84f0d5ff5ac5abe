// SPDX-License-Identifier: LGPL-2.1-or-later
// Precompiled for developer builds (build-dev.ini): the headers of the standard library that most
// files include. Other builds do not use it, so a file that lacks an #include fails there.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// SPDX-License-Identifier: LGPL-2.1-or-later
// Has every Result<T> spelt out. GCC describes the instances of an alias template as
// typedefs of one name, which libabigail takes for one type: without this, all functions
// would return the same.
#pragma once

#include <kmodpp/result.hpp>

namespace std {
template <class T, class E = kmodpp::Error>
class expected;
}  // namespace std

#define Result std::expected

// SPDX-License-Identifier: LGPL-2.1-or-later
// Headers of the standard library that many files include, precompiled for each target: parsing them was half of the
// compile time. Each file still includes what it uses; builds with -Db_pch=false fail otherwise.
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <expected>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

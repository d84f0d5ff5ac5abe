// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs work on several threads and waits for all of it.
#pragma once

#include <cstddef>
#include <functional>

namespace kmodpp::io {

/// The number of threads worth starting: one per processor that this process may use,
/// fewer if there is little to do; at least 1.
/// \param pieces pieces of work, each about the size of reading a module file
[[nodiscard]] unsigned useful_threads(std::size_t pieces);

/// Calls \p work once for each of 0 … count - 1, started in this order, on \p jobs
/// threads including the calling one, or on fewer if no more threads are available. An
/// exception (std::bad_alloc) ends the work and is rethrown from this call.
/// \param work      must be safe to call from several threads
/// \param after_own called on the calling thread after each of its own pieces, with the
///                  number of finished pieces; may be empty
void for_each_in_parallel(unsigned jobs, std::size_t count,
                          const std::function<void(std::size_t)>& work,
                          const std::function<void(std::size_t done)>& after_own = {});

/// Calls both functions, in parallel if \p jobs is at least 2, and returns when both
/// have returned. Rethrows an exception from either.
void do_both(unsigned jobs, const std::function<void()>& one,
             const std::function<void()>& other);

}  // namespace kmodpp::io

// SPDX-License-Identifier: LGPL-2.1-or-later
// Work on several threads that ends before the call does.
#pragma once

#include <cstddef>
#include <functional>

namespace kmodpp::io {

/// Threads that are worth their start: one for each processor that this process may use,
/// fewer when there is little to do; at least 1.
/// \param pieces each about a module file or a directory to read
[[nodiscard]] unsigned useful_threads(std::size_t pieces);

/// Calls \p work for 0 … count - 1, each once, in this order of beginning, on \p jobs
/// threads of which the calling one is one. Fewer when no more are to be had. What one of
/// them throws (memory runs out) ends the work and comes out of this call.
/// \param work      safe from several threads
/// \param after_own called on the calling thread after each of its own pieces, with the
///                  number of pieces that are done; may be empty
void for_each_in_parallel(unsigned jobs, std::size_t count,
                          const std::function<void(std::size_t)>& work,
                          const std::function<void(std::size_t done)>& after_own = {});

/// Calls both functions, at the same time where \p jobs allows two threads, and returns
/// when both have. What one of them throws comes out of this call.
void do_both(unsigned jobs, const std::function<void()>& one,
             const std::function<void()>& other);

}  // namespace kmodpp::io

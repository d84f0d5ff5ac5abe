// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/parallel.hpp"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace kmodpp::io {

namespace {

/// With fewer pieces, starting a second thread costs more than it saves.
constexpr std::size_t kPiecesPerThread = 64;

}  // namespace

unsigned useful_threads(std::size_t pieces) {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) != 0) return 1;
    const auto usable = static_cast<std::size_t>(std::max(1, CPU_COUNT(&processors)));
    return static_cast<unsigned>(std::min(usable, pieces / kPiecesPerThread + 1));
}

void for_each_in_parallel(unsigned jobs, std::size_t count,
                          const std::function<void(std::size_t)>& work,
                          const std::function<void(std::size_t done)>& after_own) {
    std::atomic<std::size_t> next = 0, done = 0;
    std::atomic<bool> failed = false;
    std::exception_ptr failure;
    const auto do_pieces = [&](const std::function<void(std::size_t)>* after) {
        try {
            for (std::size_t i = 0; (i = next.fetch_add(1)) < count;) {
                work(i);
                done.fetch_add(1);
                if (after != nullptr && *after) (*after)(done);
            }
        } catch (...) {
            next = count;  // no thread begins another piece
            if (!failed.exchange(true)) failure = std::current_exception();
        }
    };
    std::vector<std::thread> threads;
    try {
        for (std::size_t i = 1; i < std::min<std::size_t>(jobs, count); ++i)
            threads.emplace_back(do_pieces, nullptr);
    } catch (const std::exception&) {
        // No more threads are available: the existing ones do the work.
    }
    do_pieces(&after_own);
    for (std::thread& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
}

void do_both(unsigned jobs, const std::function<void()>& one,
             const std::function<void()>& other) {
    for_each_in_parallel(jobs, 2, [&](std::size_t i) { (i == 0 ? one : other)(); });
}

}  // namespace kmodpp::io

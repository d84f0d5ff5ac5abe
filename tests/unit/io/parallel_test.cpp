// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <new>
#include <vector>

namespace kmodpp::io {

namespace {

TEST_CASE("for_each_in_parallel: processes each item once") {
    for (const unsigned jobs : {1u, 3u, 200u}) {
        CAPTURE(jobs);
        std::vector<std::atomic<int>> times(100);
        for_each_in_parallel(jobs, times.size(), [&](std::size_t i) { ++times[i]; });
        for (const auto& done : times) CHECK(done == 1);
    }
}

TEST_CASE("do_both: calls both functions once") {
    for (const unsigned jobs : {1u, 2u}) {
        CAPTURE(jobs);
        std::atomic<int> one = 0, other = 0;
        do_both(jobs, [&] { ++one; }, [&] { ++other; });
        CHECK(one == 1);
        CHECK(other == 1);
    }
}

TEST_CASE(
    "for_each_in_parallel: passes an exception on after stopping the other threads") {
    for (const unsigned jobs : {1u, 3u}) {
        CAPTURE(jobs);
        std::atomic<int> begun = 0;
        const auto work = [&](std::size_t i) {
            ++begun;
            if (i == 5) throw std::bad_alloc();
        };
        CHECK_THROWS_AS(for_each_in_parallel(jobs, 1u << 20, work), std::bad_alloc);
        CHECK(begun < 1 << 20);
    }
}

}  // namespace

}  // namespace kmodpp::io

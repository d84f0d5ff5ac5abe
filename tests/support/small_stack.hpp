// SPDX-License-Identifier: LGPL-2.1-or-later
// A thread with a small stack, which overflows if recursion depends on the input.
#pragma once

#include <pthread.h>

#include <cstddef>

namespace kmodpp::test {

/// Stack size of threads in some programs; larger for AddressSanitizer, which needs more.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr std::size_t kSmallStack = 512u << 10;
#else
inline constexpr std::size_t kSmallStack = 64u << 10;
#endif

/// Calls `work` in such a thread and waits for it. False if no thread can be created.
template <class Work>
[[nodiscard]] bool with_small_stack(Work work) {
    pthread_attr_t attributes;
    pthread_t thread;
    if (::pthread_attr_init(&attributes) != 0 ||
        ::pthread_attr_setstacksize(&attributes, kSmallStack) != 0)
        return false;
    const auto call = [](void* data) -> void* {
        (*static_cast<Work*>(data))();
        return nullptr;
    };
    const bool started = ::pthread_create(&thread, &attributes, call, &work) == 0;
    ::pthread_attr_destroy(&attributes);
    return started && ::pthread_join(thread, nullptr) == 0;
}

}  // namespace kmodpp::test

// SPDX-License-Identifier: LGPL-2.1-or-later
// Objects that each thread makes once and keeps.
#pragma once

#include <pthread.h>

#include <cerrno>
#include <memory>

#include "base/error.hpp"

namespace kmodpp::io {

/// An object for each thread, which goes when the thread does. Not thread_local: glibc
/// ends the process when it has no memory to remember a destructor. A static of its own
/// for every use, never destroyed.
template <class T>
class PerThread {
public:
    PerThread() : failure_(::pthread_key_create(&key_, destroy)) {}

    /// This thread's object, made by `make` when there is none. Borrows.
    /// \param make () -> Result<std::unique_ptr<T>>; io (ENOMEM) comes of this call too
    template <class Make>
    [[nodiscard]] Result<T*> get(Make make) {
        if (failure_ != 0) return fail_errno(failure_, "cannot keep it for this thread");
        if (void* const known = ::pthread_getspecific(key_))
            return static_cast<T*>(known);
        TRY_ASSIGN(std::unique_ptr<T> made, make());
        if (const int code = ::pthread_setspecific(key_, made.get()); code != 0)
            return fail_errno(code, "cannot keep it for this thread");
        return made.release();
    }

private:
    static void destroy(void* object) { delete static_cast<T*>(object); }

    pthread_key_t key_{};
    int failure_;
};

}  // namespace kmodpp::io

// SPDX-License-Identifier: LGPL-2.1-or-later
// Prevents concurrent goals from loading the same module twice.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

namespace kmodpp {

/// Only one goal at a time works on a module. Another goal that needs it waits, and then
/// finds it loaded or tries to load it itself.
class ModuleGate {
public:
    void enter(const std::string& module) {
        std::unique_lock lock(mutex_);
        left_.wait(lock, [&] { return !inside_.contains(module); });
        inside_.insert(module);
    }
    void leave(const std::string& module) {
        {
            const std::lock_guard lock(mutex_);
            inside_.erase(module);
        }
        left_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable left_;
    std::set<std::string> inside_;
};

}  // namespace kmodpp

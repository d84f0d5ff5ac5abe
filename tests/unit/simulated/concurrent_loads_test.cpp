// SPDX-License-Identifier: LGPL-2.1-or-later
// Concurrent loads by processes and threads while init functions run.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "simulated_root.hpp"
#include "support/kill_at_call.hpp"

namespace {

using namespace kmodpp;
using test::SimulatedRoot;
using test::sound_module;

/// Waits until the condition is true; false after half a minute.
template <class Condition>
bool await(Condition condition) {
    for (int i = 0; i < 3000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

/// A child process that runs a function and exits with its result.
class Child {
public:
    explicit Child(const std::function<int()>& work) : pid_(fork()) {
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) _exit(work());
    }
    ~Child() {
        if (pid_ > 0) static_cast<void>(join());
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Waits for the child and returns its exit status.
    int join() {
        int status = 0;
        REQUIRE(waitpid(pid_, &status, 0) == pid_);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    /// Waits until the child waits for a lock; false after half a minute.
    bool await_lock() const {
        const std::string row = "-> FLOCK  ADVISORY  READ " + std::to_string(pid_) + " ";
        return await([&row] {
            std::ifstream locks("/proc/locks");
            for (std::string line; std::getline(locks, line);)
                if (line.contains(row)) return true;
            return false;
        });
    }
    void kill_hard() const { REQUIRE(kill(pid_, SIGKILL) == 0); }

private:
    pid_t pid_;
};

/// Loads through a separate kernel object, like another process. 0 or the errno.
int load_separately(const SimulatedRoot& root, const std::string& name) {
    auto kernel = kernel::make_simulated_kernel(root.root(), root.root(), "");
    auto file = io::ModuleFile::open(root.root(), name + ".ko");
    if (!kernel || !file) return 255;
    const Status status = (*kernel)->load(*file, "", {});
    return status ? 0 : status.error().code;
}

/// Waits until the module is in that state; false after half a minute.
bool await_state(const SimulatedRoot& root, std::string_view name, InitState state) {
    auto kernel = kernel::make_simulated_kernel(root.root(), root.root(), "");
    return kernel && await([&] { return (*kernel)->state(name) == state; });
}

/// True if the files are consistent: "user" is completely present or absent.
void check_whole(const SimulatedRoot& root) {
    auto kernel = kernel::make_simulated_kernel(root.root(), root.root(), "");
    REQUIRE(kernel.has_value());
    // The next process that takes the lock repairs the state.
    CHECK((*kernel)->unload("absent", {}).error().code == ENOENT);
    const auto modules = (*kernel)->modules();
    REQUIRE(modules.has_value());
    const bool there = modules->size() == 2;
    CHECK(modules->back().refcount == (there ? 1 : 0));
    CHECK(root.sys("base/refcnt") == (there ? "1\n" : "0\n"));
    CHECK((*kernel)->holders("base").value().size() == (there ? 1u : 0u));
    CHECK((*kernel)->state("user") == (there ? InitState::live : InitState::absent));
    CHECK(root.root().list("/sys/module").value() ==
          (there ? std::vector<std::string>{"base", "user"}
                 : std::vector<std::string>{"base"}));
    if (there) {
        CHECK(root.sys("user/refcnt") == "0\n");
        CHECK_FALSE(root.root().exists("/sys/module/user/.loader"));
    }
}

}  // namespace

TEST_CASE("SimulatedKernel: a module is coming while its init runs, then live") {
    SimulatedRoot root("release 6.1.0\ndelay slow 3000\n");
    root.directory().write("slow.ko", sound_module("slow")
                                          .section(".init.data", std::string(5000, 'x'))
                                          .info("license", "")
                                          .build());
    Child loader([&] { return load_separately(root, "slow"); });
    REQUIRE(await_state(root, "slow", InitState::coming));
    CHECK(root.proc_modules() == "slow 12288 1 - Loading 0x0000000000000000\n");
    CHECK(root.sys("slow/initstate") == "coming\n");
    CHECK(root.sys("slow/refcnt") == "1\n");
    CHECK(root.sys("slow/coresize") == "4096\n");
    CHECK(root.sys("slow/initsize") == "8192\n");
    CHECK(root.unload("slow") == EBUSY);
    CHECK(root.unload("slow", true) == EBUSY);
    // No other process can hold its lock and delay those that wait for the loader.
    CHECK((root.root().stat("/sys/module/slow/.loader").value().st_mode & 07777) == 0400);
    // Other loads do not wait.
    CHECK(root.load("other") == 0);
    CHECK(root.kernel().state("slow") == InitState::coming);

    CHECK(loader.join() == 0);
    CHECK(root.proc_modules() ==
          "other 4096 0 - Live 0x0000000000000000\n"
          "slow 4096 0 - Live 0x0000000000000000\n");
    CHECK(root.sys("slow/initstate") == "live\n");
    CHECK(root.sys("slow/initsize") == "0\n");
    CHECK_FALSE(root.root().exists("/sys/module/slow/.loader"));
    CHECK(root.unload("slow") == 0);
}

TEST_CASE("SimulatedKernel: a second load of a module waits for the first") {
    const struct {
        const char* name;
        const char* description;
        int first, second;
    } cases[] = {
        {"which succeeds", "release 6.1.0\ndelay m 2000\n", 0, EEXIST},
        {"which fails", "release 6.1.0\ndelay m 2000\ninit m ENODEV\n", ENODEV, EBUSY},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        SimulatedRoot root(c.description);
        root.directory().write("m.ko", sound_module("m").build());
        Child first([&] { return load_separately(root, "m"); });
        REQUIRE(await_state(root, "m", InitState::coming));
        CHECK(load_separately(root, "m") == c.second);
        CHECK(first.join() == c.first);
        CHECK(root.kernel().modules().value().size() == (c.first == 0 ? 1u : 0u));
    }
}

TEST_CASE("SimulatedKernel: a load waits for the init of the module that it uses") {
    const struct {
        const char* name;
        const char* description;
        int code;
        const char* line;
    } cases[] = {
        {"which succeeds", "release 6.1.0\nsystem-map map\ndelay base 2000\n", 0, ""},
        {"which fails", "release 6.1.0\nsystem-map map\ndelay base 2000\ninit base EIO\n",
         ENOENT, "user: Unknown symbol f (err -2)"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        SimulatedRoot root(c.description);
        root.directory().write("map", "");
        root.directory().write("base.ko", sound_module("base").exports("f", 1).build());
        root.directory().write(
            "user.ko", sound_module("user").undefined("f").version("f", 1).build());
        Child base([&] { return load_separately(root, "base"); });
        REQUIRE(await_state(root, "base", InitState::coming));
        CHECK(load_separately(root, "user") == c.code);
        static_cast<void>(base.join());
        if (c.code == 0)
            CHECK(root.proc_modules() ==
                  "user 4096 0 - Live 0x0000000000000000\n"
                  "base 4096 1 user, Live 0x0000000000000000\n");
        else
            CHECK(root.logged(c.line));
    }
}

TEST_CASE("SimulatedKernel: a killed loader leaves no module") {
    SimulatedRoot root("release 6.1.0\ndelay slow 600000\n");
    REQUIRE(root.load("base", sound_module("base").exports("f", 1)) == 0);
    root.directory().write("slow.ko",
                           sound_module("slow").undefined("f").version("f", 1).build());
    const auto kill_one = [&] {
        Child loader([&] { return load_separately(root, "slow"); });
        REQUIRE(await_state(root, "slow", InitState::coming));
        CHECK(root.sys("base/refcnt") == "1\n");
        loader.kill_hard();
        CHECK(loader.join() == -SIGKILL);
        CHECK(root.root().exists("/sys/module/slow"));
    };
    const struct {
        const char* who;
        std::function<void()> looks;
    } lookers[] = {
        {"a list", [&] { CHECK(root.kernel().modules().value().size() == 1); }},
        {"a question for its state",
         [&] { CHECK(root.kernel().state("slow") == InitState::absent); }},
        {"a load", [&] { CHECK(root.load("other") == 0); }},
        {"an unload of what it held", [&] { CHECK(root.unload("base") == 0); }},
    };
    for (const auto& looker : lookers) {
        CAPTURE(looker.who);
        kill_one();
        looker.looks();
        CHECK_FALSE(root.root().exists("/sys/module/slow"));
        CHECK_FALSE(root.proc_modules().contains("slow"));
        if (root.root().exists("/sys/module/base"))
            CHECK(root.sys("base/refcnt") == "0\n");
    }
}

TEST_CASE("SimulatedKernel: a waiting load continues when the loader is killed") {
    SimulatedRoot root("release 6.1.0\ndelay m 600000\n");
    root.directory().write("m.ko", sound_module("m").build());
    Child first([&] { return load_separately(root, "m"); });
    REQUIRE(await_state(root, "m", InitState::coming));
    Child second([&] { return load_separately(root, "m"); });
    REQUIRE(second.await_lock());
    first.kill_hard();
    CHECK(second.join() == EBUSY);
    CHECK(root.proc_modules() == "");
}

TEST_CASE("SimulatedKernel: exactly one of eight processes loads a slow module") {
    SimulatedRoot root("release 6.1.0\ndelay m 200\n");
    root.directory().write("m.ko", sound_module("m").build());
    int loaded = 0, present = 0;
    {
        std::vector<std::unique_ptr<Child>> children;
        for (int i = 0; i < 8; ++i)
            children.push_back(
                std::make_unique<Child>([&] { return load_separately(root, "m"); }));
        for (const auto& child : children) {
            const int code = child->join();
            if (code == 0) ++loaded;
            if (code == EEXIST) ++present;
        }
    }
    CHECK(loaded == 1);
    CHECK(present == 7);
    CHECK(root.proc_modules() == "m 4096 0 - Live 0x0000000000000000\n");
}

TEST_CASE("SimulatedKernel: threads with one kernel object load concurrently") {
    std::string description = "release 6.1.0\n";
    for (int i = 0; i < 6; ++i) description += "delay m" + std::to_string(i) + " 50\n";
    SimulatedRoot root(description);
    REQUIRE(root.load("base", sound_module("base").exports("f", 1)) == 0);
    std::array<int, 6> codes{};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 6; ++i) {
            const std::string name = "m" + std::to_string(i);
            root.directory().write(
                name + ".ko", sound_module(name).undefined("f").version("f", 1).build());
        }
        for (std::size_t i = 0; i < codes.size(); ++i)
            threads.emplace_back([&, i] {
                auto file =
                    io::ModuleFile::open(root.root(), "m" + std::to_string(i) + ".ko");
                const Status status = root.kernel().load(*file, "", {});
                codes[i] = status ? 0 : status.error().code;
            });
    }
    CHECK(codes == std::array<int, 6>{});
    CHECK(root.sys("base/refcnt") == "6\n");
    CHECK(root.kernel().holders("base").value().size() == 6);
    CHECK(root.kernel().modules().value().size() == 7);
}

TEST_CASE("SimulatedKernel: is consistent after a kill at any system call") {
    const struct {
        const char* name;
        const char* description;
        bool unloads;
    } cases[] = {
        {"a load", "release 6.1.0\n", false},
        {"a load whose init takes its time", "release 6.1.0\ndelay user 1\n", false},
        {"an unload", "release 6.1.0\n", true},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        SimulatedRoot root(c.description);
        REQUIRE(root.load("base", sound_module("base").exports("f", 1)) == 0);
        root.directory().write(
            "user.ko", sound_module("user").undefined("f").version("f", 1).build());
        bool was_killed = true;
        unsigned calls = 0;
        while (was_killed) {
            if (c.unloads && load_separately(root, "user") != 0 &&
                root.kernel().state("user") != InitState::live)
                FAIL("user cannot be loaded");
            const auto killed =
                test::kill_at_call(++calls, test::Counted::first_process, [&] {
                    if (!c.unloads) return load_separately(root, "user");
                    auto kernel =
                        kernel::make_simulated_kernel(root.root(), root.root(), "");
                    return kernel && (*kernel)->unload("user", {}) ? 0 : 1;
                });
            REQUIRE_FALSE(killed.failed);
            was_killed = killed.killed;
            CAPTURE(calls);
            check_whole(root);
            if (!c.unloads && root.kernel().state("user") == InitState::live)
                REQUIRE(root.unload("user") == 0);
        }
        CHECK(calls > 20);
    }
}

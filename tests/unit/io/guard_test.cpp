// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "io/commit_record.hpp"
#include "io/file.hpp"
#include "io/interrupted_set.hpp"
#include "io/staged_files.hpp"
#include "support/kill_at_call.hpp"
#include "unit/io/set_directory.hpp"

using namespace kmodpp;
using test::Contents;

namespace {

const Contents kOld{{"a", "old a"}, {"b", "old b"}, {"gone", "old"}, {"same", "same"}};
const Contents kNew{{"a", "new a"}, {"b", "new b"}, {"made", "new"}, {"same", "same"}};

struct GuardFixture {
    GuardFixture() {
        for (const auto& [name, contents] : kOld) directory.write(name, contents);
    }
    /// Whether the lock file still exists after its holder has finished.
    [[nodiscard]] bool leaves_lock() const {
        const std::string path = cat(directory.path(), "/", io::kLockFile);
        const io::Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
        if (!fd) return false;
        REQUIRE(::flock(fd.get(), LOCK_EX) == 0);
        return ::access(path.c_str(), F_OK) == 0;
    }
    /// The contents after the holder of the lock has finished.
    [[nodiscard]] Contents settled() const {
        const io::Fd fd(
            ::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const auto lock = io::DirectoryLock::take(fd.get(), directory.path());
        REQUIRE(lock);
        return directory.contents();
    }
    /// All files except temporaries, back-ups and the record.
    [[nodiscard]] Contents shown() const {
        Contents found = directory.contents();
        std::erase_if(found, [](const auto& file) { return file.first[0] == '.'; });
        return found;
    }
    [[nodiscard]] Result<io::StagedFiles> open(bool sync = false) const {
        TRY_ASSIGN(const auto root, io::Root::open(directory.root()));
        return io::StagedFiles::open(root, "/set", {.sync = sync});
    }
    test::SetDirectory directory;
};

Status stage_new(io::StagedFiles& files) {
    for (const auto& [name, contents] : kNew) TRY(files.add(name, contents));
    files.remove("gone");
    files.remove("never-there");
    return {};
}

Status replace_all(const GuardFixture& fixture, bool sync = false) {
    TRY_ASSIGN(auto files, fixture.open(sync));
    TRY(stage_new(files));
    return files.commit();
}

/// /proc/PID/stat: "PID (NAME) STATE PARENT ..."; empty if the process is gone.
std::string stat_of(pid_t process) {
    const io::Fd fd(::open(cat("/proc/", process, "/stat").c_str(), O_RDONLY));
    if (!fd) return {};
    return io::read_all(fd.get(), 4096).value_or("");
}

/// The only living child of this process, once it has become a guard; or 0.
pid_t guard_of_this_process() {
    pid_t found = 0;
    const std::string own = cat(' ', ::getpid(), ' ');
    DIR* const processes = ::opendir("/proc");
    while (const dirent* entry = ::readdir(processes)) {
        const auto process =
            static_cast<pid_t>(parse_unsigned<unsigned>(entry->d_name).value_or(0));
        const std::string stat = process > 0 ? stat_of(process) : "";
        const std::size_t state = stat.rfind(") ") + 2;
        if (state < 2 || stat[state] == 'Z' ||
            stat.compare(state + 1, own.size(), own) != 0)
            continue;
        CHECK(found == 0);
        found = process;
    }
    ::closedir(processes);
    while (found != 0 && stat_of(found).find("(kmodpp-guard)") == std::string::npos)
        std::this_thread::yield();
    return found;
}

/// The wait status of a child process that ran `work`.
int run_child(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return status;
}

/// Makes every further clone() of this process fail.
bool forbid_clone() {
    std::array filter = {
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAGAIN),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{filter.size(), filter.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

std::atomic<int> child_signals;

}  // namespace

TEST_CASE("StagedFiles: a process killed at any call leaves the old set or the new one") {
    for (const bool sync : {false, true}) {
        CAPTURE(sync);
        int old_sets = 0;
        int new_sets = 0;
        int locks = 0;
        bool guarded = false;
        for (unsigned n = 1;; ++n) {
            CAPTURE(n);
            const GuardFixture fixture;
            const auto result = test::kill_at_call(n, test::Counted::first_process, [&] {
                return replace_all(fixture, sync) ? 0 : 1;
            });
            REQUIRE_FALSE(result.failed);
            if (fixture.leaves_lock()) {
                // The lock file is left only until the guard has started.
                CHECK_FALSE(guarded);
                ++locks;
            } else {
                guarded = locks > 0;
            }
            const Contents found = fixture.settled();
            if (found == kOld) {
                ++old_sets;
                CHECK(new_sets == 0);
            } else {
                ++new_sets;
                REQUIRE(found == kNew);
            }
            if (result.killed) continue;
            CHECK(result.status == 0);
            CHECK(old_sets > 20);
            CHECK(new_sets > 8);
            CHECK(locks > 0);
            break;
        }
    }
}

TEST_CASE("Guard: the set is complete if the guard is killed at any system call") {
    for (unsigned n = 1;; ++n) {
        CAPTURE(n);
        const GuardFixture fixture;
        const auto result = test::kill_at_call(n, test::Counted::all_but_first, [&] {
            return replace_all(fixture) ? 0 : 1;
        });
        REQUIRE_FALSE(result.failed);
        CHECK(result.status == 0);
        CHECK_FALSE(fixture.leaves_lock());
        REQUIRE(fixture.settled() == kNew);
        if (result.killed) continue;
        // At least setsid, prctl, close, poll and exit.
        CHECK(n > 5);
        break;
    }
}

TEST_CASE("Guard: a writer continues after its guard was killed") {
    for (const bool late : {false, true}) {
        const GuardFixture fixture;
        {
            auto files = fixture.open();
            REQUIRE(files);
            if (late) REQUIRE(stage_new(*files));
            const pid_t guard = guard_of_this_process();
            REQUIRE(guard > 0);
            REQUIRE(::kill(guard, SIGKILL) == 0);
            if (!late) REQUIRE(stage_new(*files));
            REQUIRE(files->commit());
            CHECK(fixture.directory.contents() == kNew);
        }
        CHECK(guard_of_this_process() == 0);
        CHECK(fixture.settled() == kNew);
    }
}

TEST_CASE(
    "Guard: if both are killed, the next writer removes the temporaries they left") {
    const GuardFixture fixture;
    const int status = run_child([&] {
        auto files = fixture.open();
        if (!files || !stage_new(*files)) return 1;
        ::kill(guard_of_this_process(), SIGKILL);
        return ::raise(SIGKILL);
    });
    REQUIRE(WIFSIGNALED(status));
    CHECK(fixture.settled().size() == kOld.size() + 3);
    REQUIRE(replace_all(fixture));
    CHECK(fixture.settled() == kNew);
}

TEST_CASE(
    "StagedFiles: the next writer finishes a set whose writer and guard were killed") {
    for (const bool sync : {false, true}) {
        CAPTURE(sync);
        int mixed = 0;
        for (unsigned n = 1;; ++n) {
            CAPTURE(n);
            const GuardFixture fixture;
            // Without a guard, killing the writer is the same as killing both.
            const auto result = test::kill_at_call(n, test::Counted::first_process, [&] {
                return forbid_clone() && replace_all(fixture, sync) ? 0 : 1;
            });
            REQUIRE_FALSE(result.failed);
            const auto root = io::Root::open(fixture.directory.root());
            REQUIRE(root);
            if (fixture.shown() != kOld && fixture.shown() != kNew) {
                ++mixed;
                CHECK(io::has_interrupted_set(*root, "/set"));
            }
            REQUIRE(fixture.open(sync));
            CHECK_FALSE(io::has_interrupted_set(*root, "/set"));
            const Contents finished = fixture.shown();
            CHECK((finished == kOld || finished == kNew));
            REQUIRE(replace_all(fixture, sync));
            CHECK(fixture.directory.contents() == kNew);
            CHECK_FALSE(fixture.leaves_lock());
            if (!result.killed) break;
        }
        CHECK(mixed > 2);
    }
}

TEST_CASE("StagedFiles: a set can be finished after two writers in a row were killed") {
    // The number of calls up to the second rename.
    unsigned middle = 0;
    for (unsigned n = 1; middle == 0; ++n) {
        const GuardFixture fixture;
        const auto result = test::kill_at_call(n, test::Counted::first_process, [&] {
            return forbid_clone() && replace_all(fixture) ? 0 : 1;
        });
        REQUIRE(result.killed);
        if (fixture.directory.read("a") == "new a" &&
            fixture.directory.contents().contains("gone"))
            middle = n;
    }
    for (unsigned n = 1;; ++n) {
        CAPTURE(n);
        const GuardFixture fixture;
        REQUIRE(test::kill_at_call(middle, test::Counted::first_process, [&] {
                    return forbid_clone() && replace_all(fixture) ? 0 : 1;
                }).killed);
        const auto second = test::kill_at_call(n, test::Counted::first_process, [&] {
            return forbid_clone() && fixture.open() ? 0 : 1;
        });
        REQUIRE(fixture.open());
        CHECK(fixture.shown() == kNew);
        REQUIRE(replace_all(fixture));
        CHECK(fixture.directory.contents() == kNew);
        if (!second.killed) break;
    }
}

TEST_CASE("StagedFiles: ignores a truncated or invalid record") {
    for (const std::string_view record :
         {"", "replace/a/.a.abcdef//\n", "commit", "replace/a/b//\ncommit/\n",
          "replace/a/.a.abcdef/../../etc/passwd/\ncommit/\n", "nonsense/\ncommit/\n",
          "remove/a/.a.abcdef//\ncommit/\n"}) {
        CAPTURE(record);
        const GuardFixture fixture;
        fixture.directory.write(".a.abcdef", "temporary");
        fixture.directory.write(io::kCommitRecord, record);
        REQUIRE(fixture.open());
        Contents expected = kOld;
        expected[".a.abcdef"] = "temporary";
        CHECK(fixture.directory.contents() == expected);
    }
}

TEST_CASE(
    "Guard: if no process can be created, that is reported and the commit succeeds") {
    const GuardFixture fixture;
    CHECK(run_child([&] {
              if (!forbid_clone()) return 1;
              auto files = fixture.open();
              if (!files) return 2;
              if (guard_of_this_process() != 0) return 3;
              if (!files->unguarded() || files->unguarded()->code != EAGAIN) return 5;
              return stage_new(*files) && files->commit() ? 0 : 4;
          }) == 0);
    CHECK(fixture.settled() == kNew);
}

TEST_CASE("Guard: the program gets no SIGCHLD for it and cannot wait for it") {
    const GuardFixture fixture;
    child_signals = 0;
    const auto before = ::signal(SIGCHLD, [](int) { ++child_signals; });
    {
        auto files = fixture.open();
        REQUIRE(files);
        const pid_t guard = guard_of_this_process();
        REQUIRE(guard > 0);
        CHECK(::getsid(guard) == guard);
        errno = 0;
        CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
        CHECK(errno == ECHILD);
        for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1})
            REQUIRE(::kill(guard, signal) == 0);
        REQUIRE(stage_new(*files));
        CHECK(guard_of_this_process() == guard);
        REQUIRE(files->commit());
    }
    CHECK(guard_of_this_process() == 0);
    ::signal(SIGCHLD, before);
    CHECK(child_signals == 0);
}

TEST_CASE("Guard: closes the descriptors of the program") {
    const GuardFixture fixture;
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    auto files = fixture.open();
    REQUIRE(files);
    ::close(ends[1]);
    char byte = 0;
    CHECK(::read(ends[0], &byte, 1) == 0);
    ::close(ends[0]);
}

TEST_CASE("Guard: serves sets that are opened in one thread and committed in another") {
    const GuardFixture fixture;
    std::optional<io::StagedFiles> files;
    std::jthread([&] { files.emplace(*fixture.open()); }).join();
    const pid_t guard = guard_of_this_process();
    CHECK(guard > 0);
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i)
        workers.emplace_back([] { CHECK(std::string(10'000, 'x').size() == 10'000); });
    workers.clear();
    CHECK(guard_of_this_process() == guard);
    CHECK(fixture.directory.contents() == kOld);
    REQUIRE(stage_new(*files));
    std::jthread([&] { CHECK(files->commit()); }).join();
    files.reset();
    CHECK(fixture.settled() == kNew);
}

TEST_CASE("Guard: a killed program with threads leaves a complete set") {
    for (const bool late : {false, true}) {
        const GuardFixture fixture;
        const int status = run_child([&] {
            std::optional<io::StagedFiles> files;
            std::thread([&] { files.emplace(*fixture.open()); }).join();
            std::thread([] { ::pause(); }).detach();
            if (!stage_new(*files)) return 1;
            if (late && !files->commit()) return 2;
            return ::raise(SIGKILL);
        });
        REQUIRE(WIFSIGNALED(status));
        CHECK(fixture.settled() == (late ? kNew : kOld));
    }
}

TEST_CASE("Guard: sets of one process may end in any order") {
    for (const bool backwards : {false, true}) {
        const GuardFixture fixtures[2];
        std::optional<io::StagedFiles> sets[2];
        for (int i : {0, 1}) {
            sets[i].emplace(*fixtures[i].open());
            REQUIRE(stage_new(*sets[i]));
        }
        for (int i : {0, 1}) {
            auto& set = sets[backwards ? 1 - i : i];
            REQUIRE(set->commit());
            set.reset();
        }
        for (const GuardFixture& fixture : fixtures) CHECK(fixture.settled() == kNew);
    }
}

TEST_CASE("Guard: does not wait for a process that its owner forked") {
    const GuardFixture fixture;
    std::array<int, 2> alive{};
    REQUIRE(::pipe(alive.data()) == 0);
    std::array<int, 2> report{};
    REQUIRE(::pipe(report.data()) == 0);
    const int status = run_child([&] {
        auto files = fixture.open();
        if (!files || !stage_new(*files)) return 1;
        const pid_t guard = guard_of_this_process();
        if (::fork() == 0) {
            char byte = 0;
            ::close(alive[1]);
            ::_exit(::read(alive[0], &byte, 1) == 0 ? 0 : 1);
        }
        const int watched = static_cast<int>(::syscall(SYS_pidfd_open, guard, 0U));
        // Outlives the killed process, to report the end of the guard.
        if (::fork() == 0) {
            pollfd end{watched, POLLIN, 0};
            const char byte = ::poll(&end, 1, -1) == 1 ? 'y' : 'n';
            ::_exit(::write(report[1], &byte, 1) == 1 ? 0 : 1);
        }
        return ::raise(SIGKILL);
    });
    REQUIRE(WIFSIGNALED(status));
    ::close(report[1]);
    char byte = 0;
    CHECK(::read(report[0], &byte, 1) == 1);
    CHECK(byte == 'y');
    CHECK(fixture.directory.contents() == kOld);
    for (const int fd : {alive[0], alive[1], report[0]}) ::close(fd);
}

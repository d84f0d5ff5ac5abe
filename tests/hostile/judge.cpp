// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hostile/judge.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "base/text.hpp"

namespace kmodpp::test {

namespace {

constexpr std::size_t kBatch = 500;
constexpr std::size_t kMostFindings = 10;
constexpr std::size_t kFindingRoom = 1024;

/// Shared memory through which a child reports, even if it dies.
struct Shared {
    std::size_t next;  ///< the current input, or the first that was not tried
    std::size_t answers[4];
    std::size_t findings;
    char texts[kMostFindings][kFindingRoom];
};

Shared& shared_memory() {
    void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::runtime_error("no shared memory");
    return *static_cast<Shared*>(memory);
}

void note(Shared& shared, std::size_t input, std::string_view text) {
    if (shared.findings < kMostFindings) {
        const std::string line = cat("input ", input, ": ", text);
        std::strncpy(shared.texts[shared.findings], line.c_str(), kFindingRoom - 1);
    }
    ++shared.findings;
}

/// Processor time, because the machine may be busy.
void arm_timer() {
    const itimerval limit{{0, 0}, {kMostSeconds, 0}};
    ::setitimer(ITIMER_PROF, &limit, nullptr);
}

void run_child(Shared& shared, std::size_t end,
               const std::function<Verdict(std::size_t)>& judge) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    for (; shared.next < end; ++shared.next) {
        arm_timer();
        const Verdict verdict = judge(shared.next);
        ++shared.answers[static_cast<std::size_t>(verdict.answer)];
        if (verdict.answer == Answer::wrong) note(shared, shared.next, verdict.finding);
    }
    ::_exit(0);
}

}  // namespace

bool Tally::is_clean() const {
    return wrong + deaths + hangs == 0 && peak_kib <= kMostMemoryKib;
}

Tally judge_all(std::size_t count, const std::function<Verdict(std::size_t)>& judge) {
    Shared& shared = shared_memory();
    Tally tally;
    while (shared.next < count) {
        const std::size_t end = std::min(count, (shared.next / kBatch + 1) * kBatch);
        const pid_t child = ::fork();
        if (child < 0) throw std::runtime_error("cannot fork");
        if (child == 0) run_child(shared, end, judge);
        int status = 0;
        rusage usage{};
        while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
        }
        tally.peak_kib = std::max(tally.peak_kib, usage.ru_maxrss);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
        const bool hangs = WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF;
        ++(hangs ? tally.hangs : tally.deaths);
        note(shared, shared.next,
             hangs ? cat("computes for more than ", kMostSeconds, " s")
                   : cat("dies, wait status ", status));
        ++shared.next;
    }
    tally.inputs = count;
    const auto answers = [&](Answer answer) {
        return shared.answers[static_cast<std::size_t>(answer)];
    };
    tally.same = answers(Answer::same);
    tally.refused = answers(Answer::refused);
    tally.changed = answers(Answer::changed);
    tally.wrong = answers(Answer::wrong);
    for (std::size_t i = 0; i < std::min(shared.findings, kMostFindings); ++i)
        tally.findings.emplace_back(shared.texts[i]);
    ::munmap(&shared, sizeof shared);
    return tally;
}

std::string describe(std::string_view name, const Tally& tally) {
    std::string text = cat(name, ": ", tally.inputs, " inputs, ", tally.same, " same, ",
                           tally.refused, " refused, ", tally.changed, " changed, ",
                           tally.wrong, " wrong, ", tally.deaths, " deaths, ",
                           tally.hangs, " hangs, peak ", tally.peak_kib / 1024, " MiB\n");
    for (const std::string& finding : tally.findings) text += cat("  ", finding, "\n");
    return text;
}

}  // namespace kmodpp::test

// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "io/fd.hpp"
#include "io/staged_set.hpp"
#include "io/temporary_name.hpp"
#include "support/kill_at_call.hpp"
#include "unit/io/set_directory.hpp"

using namespace kmodpp;
using test::Contents;

namespace {

using Action = io::StagedFile::Action;

const Contents kOldSet{{"a", "old a"}, {"b", "old b"}, {"gone", "old"}, {"same", "same"}};
const Contents kNewSet{{"a", "new a"}, {"b", "new b"}, {"made", "new"}, {"same", "same"}};

const Contents kBroken{
    {"a", "old a"}, {"b", "(directory)"}, {"gone", "old"}, {"same", "same"}};

/// A set that is ready to be committed.
struct ReadySet {
    /// \param as_copies back-ups are copies, as on file systems without hard links
    explicit ReadySet(bool as_copies = false) : copies(as_copies) {
        for (const auto& [name, contents] : kOldSet) directory.write(name, contents);
        fd = io::Fd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        REQUIRE(fd);
        auto made = io::StagedSet::make(false);
        REQUIRE(made);
        set = *std::move(made);
        for (const char* name : {"a", "made", "b"}) stage(name, Action::write);
        stage("gone", Action::remove);
    }
    void stage(const char* name, Action action) {
        auto file = set.append(name, action);
        REQUIRE(file);
        if (action == Action::write)
            directory.write((*file)->temporary.data(), kNewSet.at(name));
        (*file)->was_absent = !kOldSet.contains(name);
        if ((*file)->was_absent) return;
        io::StagedSet::name_backup(**file);
        if (copies)
            directory.write((*file)->backup.data(), kOldSet.at(name));
        else
            REQUIRE(::linkat(fd.get(), name, fd.get(), (*file)->backup.data(), 0) == 0);
    }
    /// Makes the last rename fail: a file cannot replace a directory.
    void break_last() {
        REQUIRE(::unlinkat(fd.get(), "b", 0) == 0);
        REQUIRE(::mkdirat(fd.get(), "b", 0755) == 0);
    }
    io::SettleFailure settle(io::Outcome outcome) {
        set.picture().outcome.store(outcome);
        return io::settle(set.picture(), fd.get());
    }

    bool copies;
    test::SetDirectory directory;
    io::Fd fd;
    io::StagedSet set = *io::StagedSet::make(false);
};

}  // namespace

TEST_CASE("settle: brings a set to the outcome that it records") {
    const struct {
        const char* name;
        io::Outcome outcome;
        bool broken;
        int code;
        const Contents& expected;
    } cases[] = {
        {"discard", io::Outcome::discard, false, 0, kOldSet},
        {"replace", io::Outcome::replace, false, 0, kNewSet},
        {"replace, with a failing rename", io::Outcome::replace, true, EISDIR, kBroken},
        {"restore without a replaced file", io::Outcome::restore, false, 0, kOldSet},
    };
    for (const bool copies : {false, true})
        for (const auto& item : cases) {
            CAPTURE(item.name);
            CAPTURE(copies);
            ReadySet ready(copies);
            if (item.broken) ready.break_last();
            const io::SettleFailure failure = ready.settle(item.outcome);
            CHECK(failure.code == item.code);
            CHECK(failure.restored);
            if (item.broken) CHECK(failure.file->name_text() == "b");
            CHECK(ready.directory.contents() == item.expected);
            CHECK(ready.set.files().empty());
            for (const auto again : {io::Outcome::discard, io::Outcome::replace}) {
                CHECK(ready.settle(again).code == 0);
                CHECK(ready.directory.contents() == item.expected);
            }
        }
}

TEST_CASE("settle: another process finishes a set after the first one was killed") {
    const struct {
        const char* name;
        io::Outcome outcome;
        bool broken;
        const Contents& expected;
        unsigned least;  ///< number of calls
    } cases[] = {
        {"discard", io::Outcome::discard, false, kOldSet, 6},
        {"replace", io::Outcome::replace, false, kNewSet, 7},
        {"replace, then restore", io::Outcome::replace, true, kBroken, 10},
    };
    for (const auto& item : cases) {
        CAPTURE(item.name);
        for (unsigned n = 1;; ++n) {
            CAPTURE(n);
            ReadySet ready;
            if (item.broken) ready.break_last();
            const auto result = test::kill_at_call(n, test::Counted::first_process, [&] {
                ready.settle(item.outcome);
                return 0;
            });
            REQUIRE_FALSE(result.failed);
            io::settle(ready.set.picture(), ready.fd.get());
            REQUIRE(ready.directory.contents() == item.expected);
            if (!result.killed) {
                CHECK(n > item.least);
                break;
            }
        }
    }
}

TEST_CASE("settle: reports a back-up that cannot be restored") {
    ReadySet ready;
    ready.break_last();
    ready.set.files()[0].replaced = true;
    REQUIRE(::unlinkat(ready.fd.get(), "a", 0) == 0);
    REQUIRE(::mkdirat(ready.fd.get(), "a", 0755) == 0);
    const io::SettleFailure failure = ready.settle(io::Outcome::replace);
    CHECK(failure.code == EISDIR);
    CHECK_FALSE(failure.restored);
}

TEST_CASE(
    "settle: keeps a temporary that cannot be removed in the list, for the next time") {
    ReadySet ready;
    const std::string stubborn = ready.set.files()[0].temporary.data();
    REQUIRE(::unlinkat(ready.fd.get(), stubborn.c_str(), 0) == 0);
    REQUIRE(::mkdirat(ready.fd.get(), stubborn.c_str(), 0755) == 0);
    CHECK(ready.settle(io::Outcome::discard).code == 0);
    Contents expected = kOldSet;
    expected[stubborn] = "(directory)";
    CHECK(ready.directory.contents() == expected);
    CHECK(ready.settle(io::Outcome::replace).code == 0);
    CHECK(ready.directory.contents() == expected);
    REQUIRE(::unlinkat(ready.fd.get(), stubborn.c_str(), AT_REMOVEDIR) == 0);
    CHECK(ready.settle(io::Outcome::discard).code == 0);
    CHECK(ready.set.files().empty());
}

TEST_CASE(
    "StagedSet: names temporaries and limits the length of names and their number") {
    auto set = io::StagedSet::make(false);
    REQUIRE(set);
    for (const std::size_t length : {1u, 247u, 248u, 255u}) {
        const std::string name(length, 'n');
        const auto file = set->append(name, Action::write);
        REQUIRE(file.has_value() == (length <= 247));
        if (!file) {
            CHECK(file.error().code == ENAMETOOLONG);
            continue;
        }
        CHECK((*file)->name_text() == name);
        CHECK(io::is_temporary_of(name, (*file)->temporary.data()));
        const std::string before = (*file)->temporary.data();
        io::StagedSet::rename_temporary(**file);
        CHECK((*file)->has_temporary);
        CHECK((*file)->temporary.data() != before);
        CHECK(io::is_temporary_of(name, (*file)->temporary.data()));
        CHECK_FALSE((*file)->has_backup);
        io::StagedSet::name_backup(**file);
        CHECK((*file)->has_backup);
        CHECK(io::is_temporary_of(name, (*file)->backup.data()));
    }
    while (set->files().size() < io::kMaxStagedFiles)
        REQUIRE(set->append("x", Action::remove));
    CHECK(set->append("x", Action::remove).error().message ==
          cat("more than ", io::kMaxStagedFiles, " files in a set"));
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// A program with an operator new of its own, which ends when it is given memory of
// another one: what the library made is freed here, and what a callback made is freed
// there.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#include <kmodpp/context.hpp>

namespace {

constexpr std::uint64_t kMark = 0x6b6d6f642b2b6d6b;
constexpr std::size_t kHead = 16;  // keeps what malloc has aligned

unsigned long allocated = 0;

struct Silent : kmodpp::MessageSink {
    void message(kmodpp::Priority, std::string_view) override {}
};

}  // namespace

void* operator new(std::size_t size) {
    void* const memory = std::malloc(size + kHead);
    if (memory == nullptr) throw std::bad_alloc();
    ++allocated;
    *static_cast<std::uint64_t*>(memory) = kMark;
    return static_cast<char*>(memory) + kHead;
}

void operator delete(void* memory) noexcept {
    if (memory == nullptr) return;
    void* const head = static_cast<char*>(memory) - kHead;
    if (*static_cast<std::uint64_t*>(head) != kMark) {
        std::fputs("memory of another operator new\n", stderr);
        std::abort();
    }
    *static_cast<std::uint64_t*>(head) = 0;
    std::free(head);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    Silent sink;
    auto context = kmodpp::Context::create({.simulate = argv[1]}, sink);
    if (!context) return 1;
    const unsigned long before = allocated;
    const std::string directory = context->module_directory();
    if (allocated == before || directory.size() < 16) return 1;  // made over there

    auto plan = context->plan_insert({.name = "fs-ext4"});
    if (!plan || plan->goals.size() != 1) return 1;
    auto step = plan->goals[0].steps.back();
    step.action = kmodpp::Step::Action::run_install;
    step.command = "a command that is run by a callback of this program";
    plan->goals[0].steps = {step};
    const auto done = context->execute(
        plan->goals[0], {.run_command = [](const kmodpp::Step& one) -> kmodpp::Status {
            return std::unexpected(kmodpp::Error{kmodpp::ErrorKind::denied, 0,
                                                 "no: " + one.command + ", not today"});
        }});
    if (done || !done.error().error.message.ends_with("not today")) return 1;
    const auto missing = context->describe("no-such-module", kmodpp::NameKind::name_only);
    if (missing) return 1;
    std::printf("%s\n%s\n", done.error().error.message.c_str(),
                missing.error().message.c_str());
    return 0;
}

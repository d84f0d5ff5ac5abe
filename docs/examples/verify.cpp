// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the signatures of all modules of a kernel release by the rules of the kernel.
//
//   verify ROOT RELEASE [CERTIFICATE...]
//
// CERTIFICATE is a file or a directory; by default, the certificates that the system
// under ROOT trusts are used. Exit status: 0 if every module is valid, 1 if not, 2 if the
// arguments are not valid.
#include <iostream>
#include <map>
#include <span>
#include <string_view>

#include <kmodpp/context.hpp>

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: verify ROOT RELEASE [CERTIFICATE...]\n";
        return 2;
    }
    kmodpp::ContextOptions options{.root = argv[1], .release = argv[2]};
    options.trust.assign(argv + 3, argv + argc);

    kmodpp::StandardErrorSink sink;
    const auto context = kmodpp::Context::create(options, sink);
    const auto modules =
        context ? context->verify_all({}) : std::unexpected(context.error());
    if (!modules) {
        sink.message(kmodpp::Priority::error, modules.error().message);
        return 1;
    }

    std::map<std::string_view, unsigned> counts;
    int status = 0;
    for (const kmodpp::VerifiedModule& module : *modules) {
        if (!kmodpp::is_trusted(module)) {
            status = 1;
            std::cout << module.name << ": "
                      << (module.check ? module.check->reason
                                       : module.check.error().message)
                      << '\n';
        }
        ++counts[module.check ? to_string(module.check->verdict) : "unreadable"];
    }
    for (const auto& [verdict, count] : counts)
        std::cout << count << ' ' << verdict << '\n';
    return status;
}

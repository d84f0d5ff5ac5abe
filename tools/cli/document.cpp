// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/document.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "cli/tool.hpp"

namespace kmodpp::cli {

int report_failure(const Error& error, const CommonOptions& options, Messages& messages,
                   Priority priority) {
    messages.report(priority, error.message);
    if (options.json) print(error_document(error));
    return kFailure;
}

DocumentOutput::DocumentOutput() {
    flush_output();
    stdout_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (stdout_ >= 0) ::dup2(STDERR_FILENO, STDOUT_FILENO);
}

DocumentOutput::~DocumentOutput() {
    if (stdout_ < 0) return;
    flush_output();
    ::dup2(stdout_, STDOUT_FILENO);
    ::close(stdout_);
}

}  // namespace kmodpp::cli

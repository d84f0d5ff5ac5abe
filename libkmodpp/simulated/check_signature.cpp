// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the contents as the kernel receives them, and the appended signature (source:
// init_module, finit_module, module_sig_check).
#include <elf.h>
#include <sys/prctl.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/signature.hpp"
#include "kernel/load_call.hpp"
#include "simulated/load_attempt.hpp"
#include "trust/check_signature.hpp"

namespace kmodpp::kernel {

namespace {

/// Size of the trailer and the marker that follow a signature.
constexpr std::uint64_t kTailSize = 12 + kSignatureMarker.size();

/// The kernel's text for a signature error that it only refuses if signatures are
/// enforced; empty for an error that it always refuses.
std::string_view reason_of(int code) {
    switch (code) {
        case ENODATA: return "unsigned module";
        case ENOPKG: return "module with unsupported crypto";
        case ENOKEY: return "module with unavailable key";
        default: return {};
    }
}

/// The name of this process as the kernel logs it.
std::string command_name() {
    std::array<char, 16> name{};
    prctl(PR_GET_NAME, name.data());
    return printable(name.data());
}

/// Logs the kernel's message for a trailer that is not PKCS#7.
Status check_trailer(LoadAttempt& attempt) {
    constexpr std::size_t kIdType = 2, kLengths = 8;
    constexpr std::byte kPkcs7{2};
    const std::uint64_t size = attempt.file.size();
    if (size < kTailSize) return {};
    TRY_ASSIGN(const Bytes tail, attempt.file.slice(size - kTailSize, kTailSize));
    if (tail[kIdType] != kPkcs7) {
        attempt.log_line("module: not signed with expected PKCS#7 message");
        return {};
    }
    for (std::size_t i = 0; i < kLengths; ++i) {
        if (i == kIdType || tail[i] == std::byte{0}) continue;
        attempt.log_line("module: PKCS#7 signature info has unexpected non-zero params");
        break;
    }
    return {};
}

/// The kernel's log line for damaged contents (source: kernel/module/decompress.c, with
/// the codes for a wrong checksum).
std::string_view unpacking_failed(io::Compression compression) {
    switch (compression) {
        case io::Compression::gzip: return "module: decompression failed with status -3";
        case io::Compression::zstd:
            return "module: ZSTD-decompression failed with status 22";
        default: return "module: decompression failed with status 7";
    }
}

/// The errno of the kernel's signature check; 0: the signature is valid.
Result<int> verify(LoadAttempt& attempt) {
    // A forced load drops the signature, because the module is changed.
    const bool forced = to_bits(attempt.flags) != 0;
    const std::uint64_t size = attempt.file.size();
    if (forced || size <= kSignatureMarker.size()) return ENODATA;
    const std::uint64_t marker = size - kSignatureMarker.size();
    TRY_ASSIGN(const Bytes end, attempt.file.slice(marker, kSignatureMarker.size()));
    if (as_text(end) != kSignatureMarker) return ENODATA;
    auto check = trust::check_signature(attempt.file, attempt.trusted);
    if (!check)
        return std::unexpected(within(std::move(check).error(), attempt.file.path()));
    if (check->kernel_error == ENOPKG || check->kernel_error == EBADMSG)
        TRY(check_trailer(attempt));
    if (const auto signature = read_signature(attempt.file); signature && *signature)
        attempt.length = (*signature)->body_size;
    return check->kernel_error;
}

}  // namespace

Status check_contents(LoadAttempt& attempt) {
    attempt.module.line.name = module_name_of_path(attempt.file.path());
    if (attempt.file.file_size() == 0) return attempt.refuse(EINVAL);
    const bool packed = attempt.file.compression() != io::Compression::none;
    if (packed) {
        const auto contents = attempt.file.contents();
        if (!contents) {
            // The kernel logs its own attempt to decompress the file.
            if (attempt.by_descriptor)
                attempt.log_line(
                    std::string(unpacking_failed(attempt.file.compression())));
            return std::unexpected(within(contents.error(), attempt.file.path()));
        }
    }
    attempt.length = attempt.file.size();
    if (!attempt.by_descriptor && attempt.length < sizeof(Elf64_Ehdr))
        return attempt.refuse(ENOEXEC);
    return {};
}

Status check_signature(LoadAttempt& attempt) {
    const KernelRules& rules = attempt.rules;
    if (rules.signatures == SignatureRule::unchecked) return {};
    TRY_ASSIGN(const int code, verify(attempt));
    attempt.signature_valid = code == 0;
    if (code == 0) return {};
    const std::string_view reason = reason_of(code);
    if (reason.empty()) return attempt.refuse(code);
    if (rules.signatures == SignatureRule::enforced) {
        attempt.log_line(cat("Loading of ", reason, " is rejected"));
        return attempt.refuse(EKEYREJECTED);
    }
    if (rules.lockdown == Lockdown::none) return {};
    attempt.log_line(cat("Lockdown: ", command_name(),
                         ": unsigned module loading is restricted; see man "
                         "kernel_lockdown.7"));
    return attempt.refuse(EPERM);
}

Status note_signature(LoadAttempt& attempt) {
    if (attempt.rules.signatures == SignatureRule::unchecked || attempt.signature_valid)
        return {};
    return attempt.taint_once('E',
                              "module verification failed: signature and/or required key "
                              "missing - tainting kernel");
}

}  // namespace kmodpp::kernel

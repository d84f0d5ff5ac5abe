// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs in the machine: loads modules one after the other and prints the kernel's result.
//   signature_loader NAME DIRECTORY          every file of the directory, "FILE ERRNO REASON"
//   signature_loader NAME FILE FROM TO STEP  the file with one bit changed, for every STEPth byte
//                                            of [FROM, TO): "OFFSET.BIT ERRNO REASON"
// A module that was loaded is removed again, by its name NAME. REASON is from the
// kernel's log: "unsigned module" for "Loading of unsigned module is rejected", or "-"
// without such a line.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int log_fd;

static char* read_file(const char* path, size_t* size) {
    struct stat status;
    const int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &status) != 0) return NULL;
    char* bytes = malloc(status.st_size + 1);
    *size = 0;
    for (ssize_t count; (count = read(fd, bytes + *size, status.st_size - *size)) > 0;)
        *size += count;
    close(fd);
    return bytes;
}

// Reads the reason from the records that were logged since the last call.
static void read_reason(char* reason, size_t room) {
    static const char kBegin[] = "Loading of ", kEnd[] = " is rejected";
    char record[8192];
    snprintf(reason, room, "-");
    for (;;) {
        const ssize_t count = read(log_fd, record, sizeof record - 1);
        if (count < 0 && errno == EPIPE) continue;
        if (count <= 0) return;
        record[count] = '\0';
        char* begin = strstr(record, kBegin);
        char* end = begin ? strstr(begin, kEnd) : NULL;
        if (!end) continue;
        *end = '\0';
        snprintf(reason, room, "%s", begin + sizeof kBegin - 1);
    }
}

static void load(const char* name, const char* label, const char* bytes, size_t size) {
    char reason[200];
    const int code = syscall(SYS_init_module, bytes, size, "") == 0 ? 0 : errno;
    read_reason(reason, sizeof reason);
    if (code == 0 && syscall(SYS_delete_module, name, O_NONBLOCK) != 0)
        snprintf(reason, sizeof reason, "not removed: %s", strerror(errno));
    printf("%s %d %s\n", label, code, reason);
}

int main(int count, char** arguments) {
    if (count != 3 && count != 6) return 2;
    log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
    if (log_fd < 0 || lseek(log_fd, 0, SEEK_END) < 0) return 3;
    const char* name = arguments[1];
    char label[4096];
    size_t size;
    if (count == 3) {
        DIR* directory = opendir(arguments[2]);
        for (struct dirent* entry; directory && (entry = readdir(directory));) {
            if (entry->d_name[0] == '.') continue;
            snprintf(label, sizeof label, "%s/%s", arguments[2], entry->d_name);
            char* bytes = read_file(label, &size);
            if (!bytes) return 4;
            load(name, entry->d_name, bytes, size);
            free(bytes);
        }
        return directory ? 0 : 4;
    }
    char* bytes = read_file(arguments[2], &size);
    if (!bytes) return 4;
    const size_t to = atol(arguments[4]), step = atol(arguments[5]);
    for (size_t at = atol(arguments[3]); at < to && at < size; at += step)
        for (int bit = 0; bit < 8; ++bit) {
            bytes[at] ^= 1 << bit;
            snprintf(label, sizeof label, "%zu-%d", at, bit);
            load(name, label, bytes, size);
            bytes[at] ^= 1 << bit;
        }
    return 0;
}

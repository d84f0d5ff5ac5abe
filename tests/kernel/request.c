// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs in the machine: requests services of the kernel that need modules, all at once.
//   request FILE [UID]
// FILE contains pairs of strings, each ended by a NUL: the kind of the request and its
// name. Prints one line per pair, in their order: "ok", the name of the errno, "status
// N" or "signal N".
//
// Called as "spy", in the place of modprobe: runs modprobe with the same arguments and
// appends a record of the call to /tmp/spied: fields that end with a NUL, and an empty
// field at the end.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kMaxFile = 1 << 20, kMaxPairs = 1000 };

static int ask_socket(const char* name) {
    int family = 0, type = 0, protocol = 0;
    sscanf(name, "%d %d %d", &family, &type, &protocol);
    return socket(family, type, protocol) >= 0 ? 0 : errno;
}

// "TYPE NAME"
static int ask_crypto(const char* name) {
    struct sockaddr_alg address = {.salg_family = AF_ALG};
    const char* blank = strchr(name, ' ');
    const int end = blank ? (int)(blank - name) : 0;
    snprintf((char*)address.salg_type, sizeof address.salg_type, "%.*s", end, name);
    snprintf((char*)address.salg_name, sizeof address.salg_name, "%s", name + end + 1);
    const int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);
    return fd >= 0 && bind(fd, (struct sockaddr*)&address, sizeof address) == 0 ? 0 : errno;
}

static int ask_mount(const char* name) {
    return mount("none", "/mnt", name, MS_RDONLY, "") == 0 ? 0 : errno;
}

// For an unknown interface the kernel requests the modules "netdev-NAME" and "NAME".
static int ask_interface(const char* name) {
    struct ifreq request = {0};
    memcpy(request.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    return ioctl(fd, SIOCGIFFLAGS, &request) == 0 ? 0 : errno;
}

static int ask_open(const char* name) {
    return open(name, O_RDONLY | O_NONBLOCK) >= 0 ? 0 : errno;
}

static int ask_modprobe(const char* name) {
    execl("/sbin/modprobe", "modprobe", "-q", "--", name, (char*)NULL);
    return 127;
}

static const struct {
    const char* what;
    int (*ask)(const char* name);
    int is_status;
} kKinds[] = {
    {"socket", ask_socket, 0}, {"crypto", ask_crypto, 0}, {"mount", ask_mount, 0},
    {"interface", ask_interface, 0}, {"open", ask_open, 0}, {"modprobe", ask_modprobe, 1},
};

static int find_kind(const char* what) {
    for (unsigned i = 0; i < sizeof kKinds / sizeof *kKinds; ++i)
        if (strcmp(kKinds[i].what, what) == 0) return (int)i;
    fprintf(stderr, "request: nothing is known of '%s'\n", what);
    exit(2);
}

static void print_result(int status, int is_status) {
    if (WIFSIGNALED(status))
        printf("signal %d\n", WTERMSIG(status));
    else if (is_status)
        printf("status %d\n", WEXITSTATUS(status));
    else if (WEXITSTATUS(status) == 0)
        printf("ok\n");
    else
        printf("%s\n", strerrorname_np(WEXITSTATUS(status)));
}

static int request(const char* path, int uid) {
    static char text[kMaxFile + 1];
    FILE* file = fopen(path, "r");
    const size_t size = file ? fread(text, 1, kMaxFile, file) : 0;
    pid_t children[kMaxPairs];
    int kinds[kMaxPairs], count = 0, gate[2];
    if (size == 0 || pipe(gate) != 0) return 2;
    for (char* at = text; at < text + size && count < kMaxPairs; ++count) {
        kinds[count] = find_kind(at);
        const char* name = at + strlen(at) + 1;
        at += strlen(at) + 1 + strlen(name) + 1;
        children[count] = fork();
        if (children[count] != 0) continue;
        if (uid != 0 && (setgid(uid) != 0 || setuid(uid) != 0)) _exit(126);
        char nothing;
        close(gate[1]);
        // Wait until all children exist: then the parent closes its end of the pipe.
        if (read(gate[0], &nothing, 1) != 0) _exit(125);
        _exit(kKinds[kinds[count]].ask(name));
    }
    close(gate[1]);
    for (int i = 0, status; i < count; ++i) {
        waitpid(children[i], &status, 0);
        print_result(status, kKinds[kinds[i]].is_status);
    }
    return 0;
}

static void add(char* note, size_t* size, const char* text) {
    const size_t length = strlen(text) + 1;
    memcpy(note + *size, text, length);
    *size += length;
}

static int spy(char** arguments, char** environment) {
    static char note[1 << 16];
    size_t size = 0;
    char directory[256] = "", text[64];
    const pid_t child = fork();
    if (child == 0) {
        arguments[0] = "/sbin/modprobe";
        execve(arguments[0], arguments, environment);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    for (char** word = arguments; *word; ++word) add(note, &size, *word);
    for (char** word = environment; *word; ++word) add(note, &size, *word);
    snprintf(text, sizeof text, "uid %d", (int)getuid());
    add(note, &size, text);
    add(note, &size, getcwd(directory, sizeof directory) ? directory : "?");
    snprintf(text, sizeof text, "status %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    add(note, &size, text);
    add(note, &size, "");
    const int log = open("/tmp/spied", O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (log < 0 || write(log, note, size) != (ssize_t)size) return 2;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

int main(int count, char** arguments, char** environment) {
    const char* slash = strrchr(arguments[0], '/');
    if (strcmp(slash ? slash + 1 : arguments[0], "spy") == 0) return spy(arguments, environment);
    if (count < 2) return 2;
    return request(arguments[1], count > 2 ? atoi(arguments[2]) : 0);
}

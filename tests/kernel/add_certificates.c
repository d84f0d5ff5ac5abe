// SPDX-License-Identifier: LGPL-2.1-or-later
// Adds each certificate of a packed file (certificate_variants.py) to a keyring of the
// kernel, and prints the errno of each refusal, 0 for success.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROCESS_KEYRING -2

int main(int argc, char** argv) {
    FILE* const file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    unsigned char size[4];
    if (file == NULL) return 2;
    while (fread(size, 1, sizeof size, file) == sizeof size) {
        const uint32_t length = size[0] | size[1] << 8 | size[2] << 16 | (uint32_t)size[3] << 24;
        char* const data = malloc(length + 1);
        if (data == NULL || fread(data, 1, length, file) != length) return 2;
        const long key = syscall(SYS_add_key, "asymmetric", NULL, data, (size_t)length, PROCESS_KEYRING);
        printf("%d\n", key < 0 ? errno : 0);
        free(data);
    }
    return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
// The first source of a module that is linked from two sources.
#include <linux/module.h>

int two_files_sum(int a, int b);

static int __init two_files_init(void) { return two_files_sum(1, 2) == 3 ? 0 : -EINVAL; }
static void __exit two_files_exit(void) {}

module_init(two_files_init);
module_exit(two_files_exit);
MODULE_LICENSE("GPL");

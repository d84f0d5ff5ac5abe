// SPDX-License-Identifier: LGPL-2.1-or-later
// Has soft dependencies before and after it, without using their symbols.
#include <linux/module.h>

static int __init soft_init(void) { return 0; }
static void __exit soft_exit(void) {}

module_init(soft_init);
module_exit(soft_exit);
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: hello post: bare");

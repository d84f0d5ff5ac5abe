// SPDX-License-Identifier: LGPL-2.1-or-later
// An init function without an exit function: the kernel keeps it.
#include <linux/init.h>
#include <linux/module.h>

static int __init permanent_init(void) { return 0; }
module_init(permanent_init);

MODULE_LICENSE("GPL");

// SPDX-License-Identifier: LGPL-2.1-or-later
// Needs the module slow.
#include <linux/module.h>
#include "exporter.h"

static int __init slow_user_init(void) { return sample_slow() == 1 ? 0 : -EINVAL; }
static void __exit slow_user_exit(void) {}

module_init(slow_user_init);
module_exit(slow_user_exit);
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: LGPL-2.1-or-later
// A GPL module that uses a proprietary one: it inherits the taint.
#include <linux/module.h>
#include "exporter.h"

static int __init closed_user_init(void) { return sample_closed() == 4 ? 0 : -EINVAL; }
static void __exit closed_user_exit(void) {}

module_init(closed_user_init);
module_exit(closed_user_exit);
MODULE_LICENSE("GPL");

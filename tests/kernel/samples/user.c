// SPDX-License-Identifier: LGPL-2.1-or-later
// Uses a symbol that exporter exports to all modules and one for GPL modules.
#include <linux/module.h>
#include "exporter.h"

static int __init user_init(void) { return sample_shared() + sample_gpl() == 3 ? 0 : -EINVAL; }
static void __exit user_exit(void) {}

module_init(user_init);
module_exit(user_exit);
MODULE_LICENSE("GPL v2");

// SPDX-License-Identifier: LGPL-2.1-or-later
// Imports the namespace of a symbol.
#include <linux/module.h>
#include "exporter.h"

static int __init namespace_user_init(void) { return sample_spaced() == 3 ? 0 : -EINVAL; }
static void __exit namespace_user_exit(void) {}

module_init(namespace_user_init);
module_exit(namespace_user_exit);
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS(SAMPLE);

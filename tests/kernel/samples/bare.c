// SPDX-License-Identifier: LGPL-2.1-or-later
// Has neither an init nor an exit function: it can be removed.
#include <linux/module.h>

MODULE_LICENSE("Dual BSD/GPL");

// SPDX-License-Identifier: LGPL-2.1-or-later
// Neither init nor exit: it may be removed.
#include <linux/module.h>

MODULE_LICENSE("Dual BSD/GPL");

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A module whose init function returns RESULT. */
#include <linux/init.h>
#include <linux/module.h>

static int __init result_init(void) { return RESULT; }
static void __exit result_exit(void) {}

module_init(result_init);
module_exit(result_exit);
MODULE_LICENSE("GPL");

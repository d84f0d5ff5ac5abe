// SPDX-License-Identifier: LGPL-2.1-or-later
// A typical module: an init function, an exit function, and every field of .modinfo.
#include <linux/init.h>
#include <linux/module.h>

static int __init hello_init(void) { return 0; }
static void __exit hello_exit(void) {}

module_init(hello_init);
module_exit(hello_exit);

MODULE_AUTHOR("Ada Example <ada@example.org>");
MODULE_AUTHOR("Bela Example");
MODULE_DESCRIPTION("Does nothing, and says so");
MODULE_LICENSE("GPL");
MODULE_VERSION("1.2-sample");
MODULE_ALIAS("sample-greeting");
MODULE_ALIAS("sample:v*d0001");
MODULE_FIRMWARE("sample/hello.bin");

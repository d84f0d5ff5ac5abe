// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets the kernel request a module by an alias, as subsystems do.
#include <linux/kmod.h>
#include <linux/module.h>

static char *name = "sample-greeting";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "what is asked for");

static int __init requester_init(void)
{
    int result = request_module("%s", name);
    pr_info("%s: the answer is %d\n", name, result);
    return 0;
}
static void __exit requester_exit(void) {}

module_init(requester_init);
module_exit(requester_exit);
MODULE_LICENSE("GPL");

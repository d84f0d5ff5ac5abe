# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes random module trees on which both depmods must agree: without dependency cycles, and without
files of the same name that only the order of the file system could rank."""

from module_tree import Tree

HEADS = ((), ("class 32", "machine i386"), ("order big", "machine ppc64"),
         ("class 32", "order big", "machine mips"), ("crc-place section",), ("kflagstab yes",))
NAMES = ("m%d", "m-%d", "x_%d-y", "Drv%d")
# At most one file of a name per row; the search line orders the rows.
PLACES = {"built-in": ("kernel/net", "kernel/drivers/a-b"), "updates": ("updates", "updates/dkms"),
          "extra": ("extra",), "weak": ("weak",)}
ALIASES = ("pci:v*d%d", "usb:v0?p[0-9%d]*", "of:N-x*T*C%d", "a-b_%d", "devname:n%d", "char-major-10-%d",
           "block-major-%d-*", "fs-%d", "[a-c]-%d", "same-%d")
HINTS = ("softdep=pre: a b", "softdep=post: c-d", "softdep=pre: x", "license=GPL", "weakdep=e")
KERNELS = ("*", "6.1", "^5", "6\\\\.1", ".*0$")
BUILTIN = ("ext-4", "foo", "b_r", "m1", "zz-y_x")
BUILTIN_INFO = ("alias=fs-ext4", "alias=a[b-c]d-e", "license=GPL", "alias=x*", "parm=a:b", "alias=same-1")
OPTIONS = ((), ("-e", "-E", "@ROOT@/symvers"), ("-e", "-F", "@ROOT@/map"), ("-ae", "-F", "@ROOT@/map"),
           ("-P", "_"), ("-E", "@ROOT@/symvers"))
CRCS = (1, 2, 0x12345678, 0xFEDCBA98)


def random_tree(random):
    """Returns (tree, options for depmod)."""
    tree = Tree()
    head = random.choice(HEADS)
    # Either all exports have versions or none.
    versioned = random.random() < 0.6
    names = [random.choice(NAMES) % i for i in range(random.randint(1, 25))]
    for i, name in enumerate(names):
        for rank in random.sample(sorted(PLACES), random.choice((1, 1, 1, 2, 3))):
            path = f"{random.choice(PLACES[rank])}/{name}.ko" + random.choice(("", "", "", ".xz", ".zst"))
            tree.module(path, *head, *random_lines(random, i, versioned))
    tree.order_all()
    lines = tree.path("modules.order").read_text().splitlines(keepends=True)
    random.shuffle(lines)
    tree.file("modules.order", "".join(lines))
    tree.config(random_config(random, names))
    tree.file("modules.builtin", "".join(
        f"kernel/{name}.ko\n" for name in random.sample(BUILTIN, random.randint(0, len(BUILTIN)))))
    tree.file("modules.builtin.modinfo", "".join(
        f"{random.choice(BUILTIN).replace('-', '_')}.{random.choice(BUILTIN_INFO)}\0"
        for _ in range(random.randint(0, 6))))
    tree.file("/symvers", "0x1\tprintk\tvmlinux\tE\n0x00000002\tmodule_layout\tvmlinux\tE\n0x1\ts0_0\tx\tE\n")
    tree.file("/map", "f r __ksymtab_printk\nf T foo\n")
    return tree, random.choice(OPTIONS)


def random_lines(random, i, versioned):
    """The recipe of module i, which needs earlier ones."""
    def crc(likely):
        return f" {random.choice(CRCS):#x}" if versioned and random.random() < likely else ""
    for k in range(random.randint(0, 3)):
        stem = random.choice((".", "_", "__x", "s")) if random.random() < 0.1 else "s"
        yield f"export {stem}{i}_{k}{crc(1)}" + random.choice(("", " gpl"))
    if i > 0:
        for _ in range(random.randint(0, 4)):
            name = f"s{random.randrange(i)}_{random.randint(0, 2)}"
            yield f"need {random.choice(('', '', '', '.'))}{name}{crc(0.8)}" + random.choice(("", "", " weak"))
    if random.random() < 0.3:
        yield "need printk" + crc(0.8)
    if random.random() < 0.2:
        yield f"need nobody{random.randint(0, 2)}"
    for _ in range(random.randint(0, 3)):
        yield "info alias=" + random.choice(ALIASES) % random.randint(0, 4)
    for _ in range(random.randint(0, 2)):
        yield "info " + random.choice(HINTS)
    if random.random() < 0.05:
        yield f"truncate {random.randint(0, 900)}"


def random_config(random, names):
    order = sorted(PLACES)
    random.shuffle(order)
    lines = ["search " + " ".join(order)]
    places = [place for row in PLACES.values() for place in row]
    for _ in range(random.randint(0, 3)):
        lines.append(f"override {random.choice(names)} {random.choice(KERNELS)} {random.choice(places)}")
    if random.random() < 0.2:
        lines.append("exclude " + random.choice(("net", "dkms", "extra", "a-b", "updates weak")))
    return "".join(line + "\n" for line in lines)

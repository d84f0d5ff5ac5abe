#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes seeds for the fuzz targets from a kernel package and from the recipes in testsuite-rootfs, in a
folder for each target. With --small only those in tests/fuzz/corpus: few, and trimmed."""

import argparse
import base64
import gzip
import lzma
import pathlib
import struct
import subprocess
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
RELEASE_FOLDER = "lib/modules"
# Sections of a module that neither depmod nor modinfo reads.
NOT_READ = (".rela*", ".text*", ".data*", ".rodata*", ".init*", ".exit*", ".orc*", ".BTF*",
            ".return_sites", ".retpoline*", "__mcount_loc", "__bug_table", ".smp_locks")
SMALL_MODULES = ("lib/crc16.ko", "lib/crc7.ko", "lib/math/cordic.ko", "crypto/crc32c_generic.ko",
                 "drivers/net/dummy.ko", "drivers/net/ethernet/realtek/8139cp.ko")
MARKER = b"~Module signature appended~\n"
# Types of EFI signature lists.
X509 = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")
X509_SHA256 = bytes.fromhex("92a4d23bc0967940b420fcf98ef103ed")


class Seeds:
    def __init__(self, options):
        self.output = pathlib.Path(options.output)
        self.small = options.small
        self.mkmodule = options.mkmodule
        self.tools = pathlib.Path(options.tools)
        modules = pathlib.Path(options.kernel) / RELEASE_FOLDER
        self.release = sorted(path.name for path in modules.iterdir())[-1]
        self.kernel = pathlib.Path(options.kernel)
        self.modules = modules / self.release
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="seeds-"))

    def put(self, target, name, content, limit=64 * 1024):
        if self.small and len(content) > 12 * 1024:
            content = content[:12 * 1024]
        folder = self.output / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content[:limit])

    def module_paths(self):
        if self.small:
            return [self.modules / "kernel" / path for path in SMALL_MODULES]
        return sorted(self.modules.rglob("*.ko"))[::40]

    def trimmed(self, path):
        """Returns a module without code and relocations, which are not read."""
        out = self.scratch / path.name
        removed = [word for section in NOT_READ for word in ("-R", section)]
        subprocess.run(["objcopy", "--strip-debug", *removed, path, out], check=True,
                       stderr=subprocess.DEVNULL)
        return out.read_bytes()

    def recipes(self):
        """Modules of both classes and both byte orders, for several machines."""
        chosen = ("mips-big-endian", "ppc64", "modinfo", "demo")
        for case in chosen if not self.small else chosen[:3]:
            root = REPOSITORY / "testsuite-rootfs" / case / "root"
            for recipe in sorted(root.rglob("*.ko.recipe")):
                out = self.scratch / (case + "-" + recipe.name.removesuffix(".recipe"))
                done = subprocess.run([self.mkmodule, recipe, out], capture_output=True)
                if done.returncode == 0:
                    yield out.name, out.read_bytes()

    def images(self):
        for path in self.module_paths():
            whole = path.read_bytes()
            self.put("elf", path.name, self.trimmed(path))
            if not self.small and len(whole) < 64 * 1024:
                self.put("elf", "whole-" + path.name, whole)
                self.put("parameter_table", path.name, whole)
            at = whole.rfind(MARKER)
            if at > 0:
                size = struct.unpack(">I", whole[at - 4:at])[0]
                self.put("signature", path.name + ".p7s", whole[at - 12 - size:at - 12])
                self.put("signature", path.name + ".tail", whole[at - 12 - size - 16:])
            self.put("modinfo", path.name, self.section(path, ".modinfo"))
        for name, content in self.recipes():
            self.put("elf", name, content)

    def attributes(self):
        """A signature over attributes, with its certificate."""
        key, certificate = self.scratch / "key.pem", self.scratch / "certificate.pem"
        subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Seed", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        done = subprocess.run(["openssl", "cms", "-sign", "-binary", "-nosmimecap", "-signer",
                               certificate, "-inkey", key, "-outform", "DER"], input=b"body",
                              check=True, capture_output=True)
        self.put("signature", "attributes.p7s", done.stdout)

    def section(self, path, name):
        out = self.scratch / "section"
        subprocess.run(["objcopy", "-O", "binary", "--only-section", name, path, out], check=True,
                       stderr=subprocess.DEVNULL)
        return out.read_bytes()

    def compressed(self):
        plain = self.trimmed(self.module_paths()[0])
        packed = {
            "module.gz": gzip.compress(plain, mtime=0),
            "module.xz": lzma.compress(plain, check=lzma.CHECK_CRC32),
            "module.zst": self.zstd(plain),
            "piped.zst": self.zstd(plain[:1000], "--no-content-size"),
            "two.gz": gzip.compress(b"a" * 100, mtime=0) * 2,
            "two.xz": lzma.compress(b"a" * 100) * 2,
            "two.zst": self.zstd(b"a" * 100) * 2,
            "bomb.gz": gzip.compress(bytes(2 << 20), mtime=0),
            "bomb.xz": lzma.compress(bytes(2 << 20)),
            "bomb.zst": self.zstd(bytes(2 << 20)),
            "padded.gz": gzip.compress(b"text", mtime=0) + bytes(16),
            "trailing.gz": gzip.compress(b"text", mtime=0) + b"x" * 24,
        }
        for name, content in packed.items():
            self.put("decompress", name, content)

    @staticmethod
    def zstd(content, *options):
        return subprocess.run(["zstd", "-q", "-c", *options], input=content, capture_output=True,
                              check=True).stdout

    def databases(self):
        """The databases and the cache that depmod writes for a few modules."""
        root = self.scratch / "root"
        target = root / RELEASE_FOLDER / self.release
        count = 4 if self.small else 60
        paths = self.module_paths()[:count]
        for path in paths:
            link = target / path.relative_to(self.modules)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.write_bytes(path.read_bytes())
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            lines = (self.modules / name).read_bytes()
            (target / name).write_bytes(lines if not self.small else self.first_part(name, lines))
        cache = self.scratch / "cache"
        subprocess.run([self.tools / "depmod", "-b", root, f"--cache={cache}", self.release],
                       check=True, stderr=subprocess.DEVNULL)
        queries = {"modules.dep.bin": b"crc16", "modules.alias.bin": b"pci:v00001AF4d00001000",
                   "modules.symbols.bin": b"symbol:crc16", "modules.builtin.bin": b"unix",
                   "modules.builtin.alias.bin": b"fs-proc"}
        for name, query in queries.items():
            content = (target / name).read_bytes()
            self.put("index", name, bytes([len(query)]) + query + content)
            if not self.small:
                self.put("index", "star-" + name, b"\x01*" + content)
        # A cache belongs to one tree, its origin; the target expects this one.
        self.put("inspection_cache", "cache", self.of_origin(cache.read_bytes()))
        for name in ("modules.softdep", "modules.dep", "modules.alias", "modules.order"):
            content = (target / name).read_bytes()
            self.put("dependency_text", name, b"\x05crc16\x14kernel/a.ko: b.ko c.ko" + content)
            self.put("modprobe_config", name, content)
        self.put("modinfo", "modules.builtin.modinfo", (target / "modules.builtin.modinfo").read_bytes())
        self.put("kernel_texts", "modules.symbols", (target / "modules.symbols").read_bytes())
        entries = (target / "modules.alias").read_text().splitlines()[1:]
        self.put("index_writer", "aliases", ("pci:v1\n" + "".join(
            f"{line.split()[1]}\t{line.split()[2]}\n{chr(1 + i % 100)}" for i, line in
            enumerate(entries[:60 if self.small else 2000]))).encode())

    def certificates(self):
        """Certificates in every form in which a system stores them."""
        case = REPOSITORY / "testsuite-rootfs" / "signatures" / "root"
        pem = (case / "keys" / "owner.pem").read_bytes()
        der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
        digits = (line.split("#")[0] for line in
                  (case / "boot" / "vmlinuz-6.1.0.hex").read_text().splitlines())
        image = bytes.fromhex("".join(digits))
        lists = self.signature_list(X509, der) + self.signature_list(X509_SHA256, bytes(48))
        revoked = der + bytes(-len(der) % 8)
        forms = {
            "owner.pem": pem, "owner.der": der, "two.pem": pem * 2,
            "db": lists, "efivar": b"\x06\0\0\0" + lists,
            "vmlinux": image, "vmlinux-revoked": image + revoked + struct.pack("<Q", len(der)),
            "vmlinux.gz": gzip.compress(image, mtime=0),
            "bzImage.gz": self.boot_image(gzip.compress(image, mtime=0)),
            "bzImage.xz": self.boot_image(lzma.compress(image) + struct.pack("<I", len(image))),
            "bzImage.zst": self.boot_image(self.zstd(image) + struct.pack("<I", len(image))),
            "bzImage.lz4": self.boot_image(self.lz4(image) + struct.pack("<I", len(image))),
            "zboot": b"MZ\0\0zimg" + struct.pack("<II", 16, len(image)) + image,
            "keys": b"2f2b3c41 I------     1 perm 1f030000     0     0 asymmetri Test Owner: "
                    b"534bfaedc6b87a9eb35ad9216123b607ff5c6328: X509.ecdsa ff5c6328 []\n",
        }
        for name, content in forms.items():
            self.put("certificates", name, content)

    @staticmethod
    def signature_list(kind, data):
        """An EFI_SIGNATURE_LIST with one entry."""
        entry = bytes(16) + data
        return kind + struct.pack("<III", 28 + len(entry), 0, len(entry)) + entry

    @staticmethod
    def boot_image(payload):
        """A bzImage with one sector of setup code."""
        head = bytearray(1024)
        head[0x1f1] = 1
        head[0x1fe:0x200] = b"\x55\xaa"
        head[0x202:0x208] = b"HdrS" + struct.pack("<H", 0x20f)
        head[0x248:0x250] = struct.pack("<II", 0, len(payload))
        return bytes(head) + payload

    @staticmethod
    def lz4(content):
        """An LZ4 stream in the legacy format (`lz4 -l`), as used for kernels, with literals only."""
        block = bytes([0xf0]) + b"\xff" * ((len(content) - 15) // 255)
        block += bytes([(len(content) - 15) % 255]) + content
        return bytes.fromhex("02214c18") + struct.pack("<I", len(block)) + block

    @staticmethod
    def first_part(name, content):
        separator = b"\0" if name.endswith("modinfo") else b"\n"
        return separator.join(content.split(separator)[:40]) + separator

    @staticmethod
    def of_origin(cache):
        """Replaces the origin, which follows the header of 40 bytes; the target corrects the checksums."""
        end = cache.index(b"\0", 40)
        return cache[:40] + b"1 8 /lib/modules/6.1.0" + cache[end:]

    def texts(self):
        texts = {
            "modprobe_config": {
                "verbs": b"alias eth-* dummy\noptions dummy numdummies=2 \\\n  x=\"a b\"\n"
                         b"install a /sbin/modprobe -i a $CMDLINE_OPTS && echo\nremove a /bin/true\n"
                         b"softdep a pre: b c post: d\nweakdep a b c\nblacklist floppy\n# note\n"
                         b"include x\nalias net-pf-[0-9]* af_x\r\n"},
            "depmod_config": {
                "verbs": b"search updates built-in external extra\noverride dummy 6.1.* updates\n"
                         b"override a * extra\nexternal ^6\\. /opt/modules /srv\nexclude .debug CVS\n"
                         b"make_map_files no\n"},
            "command_line": {
                "typical": b"BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet modprobe.blacklist=a,b-c "
                           b"dummy.numdummies=3 snd-hda.model=\"a b\" \"x.y=1 2\" a.b.c=1 usbcore.nousb"
                           b" -- single a.b=1\n"},
            "proc_modules": {
                "typical": b"ext4 983040 1 - Live 0xffffffffc0a10000\nmbcache 16384 1 ext4, Live "
                           b"0x0000000000000000 (E)\nfoo 16384 0 [permanent], Live 0x0000000000000000\n"
                           b"bar 16384 - - Loading 0x0 (OE+)\nx 1 -1 a,b, Unloading 0xff (-)\n"},
            "parameters": {
                "int": b"int\ndebug=-0x10 debug=010 mode=1\n",
                "bool": b"bool\ndebug debug=Y debug=off",
                "array": b"array of ushort\ndebug=1,2,,65536 \"debug=1 2\" debug=\"3\" -- x",
                "charp": b"charp\ndebug=\"a b\" mode",
                "hexint": b"hexint\ndebug=255",
                "ulong": b"ulong\ndebug=18446744073709551616",
                "invbool": b"invbool\ndebug=n"},
            "names": {
                "star": b"pci:v*d*sv*\npci:v00001AF4d00001000sv1",
                "set": b"[!a-c]?\\*[]]\nd.*]",
                "module": b"snd-pcm.ko.xz\nkernel/sound/snd-pcm.ko.zst",
                "long": b"*a*a*a*a*a*a*a*b\n" + b"a" * 200},
            "kernel_texts": {
                "symvers": b"0x12345678\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n0xffffffff\tkfree\t"
                           b"drivers/a\tEXPORT_SYMBOL_GPL\tNS\n",
                "map": b"ffffffff81000000 T _text\nffffffff82000000 r __ksymtab_printk\n",
                "kallsyms": b"ffffffff82000000 r __ksymtab_printk\n0000000000000000 t a\t[b]\n"
                            b"ffffffff82000000 r __start___ksymtab_gpl\n",
                "record": b"6,339,5140900,-;NET: Registered\\x41\n SUBSYSTEM=acpi\n",
                "description": b"release 6.1.0\nvermagic 6.1.0 SMP\ncmdline a.b=1\nmachine 62\n"
                               b"builtin ext4\ninit a EIO\ncompression zstd\n"},
            "dependency_text": {
                "devname": b"\x01a\x05a.ko:# comment\nfuse fuse c10:229\nbtrfs btrfs-control c10:234\n"
                           b"loop loop-control b7:0\nbad ../x c1:2\n"},
            "index_writer": {
                "wildcards": b"ab*c\nab*c\tone\n\x01ab\ttwo\n\x02a[0-9]\tthree\n\x03\troot\n\x02ab\tfour\n\x02"},
        }
        for target, seeds in texts.items():
            for name, content in seeds.items():
                self.put(target, name, content)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", required=True, help="directory that holds lib/modules")
    parser.add_argument("--tools", required=True, help="directory of the built tools")
    parser.add_argument("--mkmodule", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--small", action="store_true")
    seeds = Seeds(parser.parse_args())
    seeds.images()
    seeds.attributes()
    seeds.compressed()
    seeds.databases()
    seeds.certificates()
    seeds.texts()


if __name__ == "__main__":
    main()

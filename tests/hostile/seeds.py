# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the valid files from which hostile input is derived: modules, databases, compressed streams."""

import gzip
import lzma
import subprocess

# Small modules: a dependency, a bus driver, and some with parameters, exports, soft dependencies.
MODULES = ("lib/crc16.ko", "drivers/net/dummy.ko", "drivers/net/mii.ko",
           "drivers/net/ethernet/realtek/8139cp.ko", "crypto/crc32c_generic.ko")


def zstd(content, *options):
    return subprocess.run(["zstd", "-q", "-c", *options], input=content, capture_output=True,
                          check=True).stdout


def bomb(size, command):
    """Makes streams of zeros that unpack to more than the size of any module."""
    zeros = subprocess.Popen(["head", "-c", str(size), "/dev/zero"], stdout=subprocess.PIPE)
    done = subprocess.run(command, stdin=zeros.stdout, capture_output=True, check=True)
    zeros.wait()
    return done.stdout


def write(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def make(modules, folder, bombs):
    """modules: the module directory of a kernel package; bombs: unpacked size in bytes"""
    for path in MODULES:
        write(folder / "modules", path.rpartition("/")[2], (modules / "kernel" / path).read_bytes())
    write(folder / "texts", "modules.order",
          "".join(f"kernel/{path.rpartition('/')[2]}\n" for path in MODULES).encode())
    for name in ("modules.builtin", "modules.builtin.modinfo"):
        write(folder / "texts", name, (modules / name).read_bytes())
    plain = (modules / "kernel" / MODULES[0]).read_bytes()
    streams = {
        "module.ko.gz": gzip.compress(plain, mtime=0),
        "module.ko.xz": lzma.compress(plain, check=lzma.CHECK_CRC32),
        "module.ko.zst": zstd(plain),
        "piped.ko.zst": zstd(plain, "--no-content-size"),
        "crc64.ko.xz": lzma.compress(plain),
    }
    streams |= {"bomb.ko.gz": bomb(bombs, ["gzip", "-9"]),
                "bomb.ko.zst": bomb(bombs, ["zstd", "-q", "-1"]),
                "bomb.ko.xz": bomb(bombs, ["xz", "-0"])}
    for name, content in streams.items():
        write(folder / "streams", name, content)

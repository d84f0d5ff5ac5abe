# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the openssl program of a release that supports ML-DSA, and our modinfo with its libcrypto, without
installing it."""

import json
import os
import pathlib
import platform
import subprocess

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
# Directory of the system's libraries; libraries of the newer tree come first.
TRIPLET = f"{platform.machine()}-linux-gnu"


class NewerOpenssl(os.PathLike):
    """Can be used as the path of the openssl program."""

    def __init__(self):
        self.tree = pathlib.Path(subprocess.run([SCRIPTS / "fetch-openssl.sh"], check=True,
                                                stdout=subprocess.PIPE, text=True).stdout.strip())
        self.libraries = self.tree / "usr" / "lib" / TRIPLET
        self.loader = next(self.tree.glob("usr/lib*/ld-linux*.so.*"))
        self.program = self.tree / "openssl.sh"
        # The default provider is part of libcrypto: no modules and no configuration are needed.
        self.program.write_text(
            f'#!/bin/sh\nOPENSSL_CONF=/dev/null exec "{self.loader}" --library-path '
            f'"{self.libraries}" "{self.tree}/usr/bin/openssl" "$@"\n')
        self.program.chmod(0o755)

    def __fspath__(self):
        return str(self.program)

    def verify(self, tools, directory, modules, trusted, newer=True):
        """Returns {name: JSON object of modinfo --verify}, with this libcrypto or the system's.
        `modules`: {name: (bytes, …)}."""
        directory.mkdir(exist_ok=True)
        for name, (data, *_) in modules.items():
            (directory / f"{name}.ko").write_bytes(data)
        path = f"{self.libraries}:/usr/lib/{TRIPLET}"
        done = subprocess.run(
            [*([self.loader, "--library-path", path] if newer else []), tools / "modinfo", "--verify",
             "--json", "--trust", trusted, *(directory / f"{name}.ko" for name in modules)],
            capture_output=True, text=True)
        if done.stderr:
            raise RuntimeError(f"modinfo: {done.stderr}")
        return {pathlib.Path(one["filename"]).name.removesuffix(".ko"): one for one in json.loads(done.stdout)}

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A root directory with modules of the kernel package, to which a test adds files."""

import pathlib
import shutil
import subprocess

from .samples import sample_modules


def module_name(path):
    return path.name.split(".")[0].replace("-", "_")


class ScenarioRoot:
    """The directory `root` with modules of `kernel`, an unpacked package."""

    def __init__(self, tools, kernel, root):
        self.tools = pathlib.Path(tools)
        self.kernel = pathlib.Path(kernel)
        self.release = sorted(p.name for p in (self.kernel / "lib" / "modules").iterdir())[-1]
        self.root = pathlib.Path(root)
        self.modules.mkdir(parents=True)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy(self._tree / name, self.modules / name)

    @property
    def _tree(self):
        return self.kernel / "lib" / "modules" / self.release

    @property
    def modules(self):
        return self.root / "lib" / "modules" / self.release

    def place(self, path):
        """Returns the host's path for an absolute path in the root, and creates its directory."""
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def add_modules(self, names):
        """Adds modules of the package by name, with their dependencies."""
        files = {module_name(path): path for path in self._tree.rglob("*.ko")}
        wanted = list(names)
        done = set()
        while wanted:
            name = wanted.pop()
            if name in done:
                continue
            done.add(name)
            source = files[name]
            target = self.modules / source.relative_to(self._tree)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
            depends = subprocess.run([self.tools / "modinfo", "-F", "depends", source],
                                     check=True, capture_output=True, text=True).stdout.strip()
            wanted += [needed.replace("-", "_") for needed in depends.split(",") if needed]
        return done

    def add_samples(self, names):
        """Adds modules of samples/ in extra/."""
        for name in names:
            shutil.copy(self.packaged(f"samples/{name}"),
                        self.place(f"/lib/modules/{self.release}/extra/{name}.ko"))

    def packaged(self, name):
        """The file of a module in the package, or of "samples/NAME"."""
        if name.startswith("samples/"):
            return sample_modules(self.kernel) / f"{name.removeprefix('samples/')}.ko"
        return next(p for p in self._tree.rglob("*.ko") if module_name(p) == name)

    def path_of(self, name):
        return next(p for p in self.modules.rglob("*.ko*") if module_name(p) == name)

    def run_depmod(self):
        subprocess.run([self.tools / "depmod", "-b", self.root, self.release], check=True)

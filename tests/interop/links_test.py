# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows that depmod, modprobe and modinfo read trees that consist of links, as several distributions build
them: a link whose target is missing under the root is followed on the host, and the databases equal those
of Debian's kmod."""
# kmod is the oracle if it follows the same links. If it does not (the target is a path of the image), it
# reads a copy of the tree in which each link is replaced by its target.

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from module_tree import MODULES, RELEASE, SCRATCH, TOOLS, Tree, comparable

OWNER = ["export fn 0x1", "info alias=pci:v1*"]
USER = ["need fn 0x1", "info alias=usb:v2*"]
TEXT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def run(tool, *arguments, **options):
    words = [str(pathlib.Path(TOOLS["kmodpp"]).parent / tool), *(str(a) for a in arguments)]
    return subprocess.run(words, env=TEXT, text=True, capture_output=True, timeout=120, **options)


class Links(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.host = pathlib.Path(tempfile.mkdtemp(prefix="host-", dir=SCRATCH)).resolve()
        self.addCleanup(shutil.rmtree, self.host, ignore_errors=True)

    def tree(self):
        tree = Tree()
        self.addCleanup(shutil.rmtree, tree.root)
        return tree

    def host_modules(self, recipes):
        """Creates module files outside of any root."""
        for name, lines in recipes.items():
            path = self.host / (name + ".recipe")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(line + "\n" for line in lines))
        subprocess.run([TOOLS["mkmodule"], "tree", self.host], check=True)

    def order(self, tree, *names):
        tree.file("modules.order", "".join(name + "\n" for name in names))

    def alike(self, tree, dep, oracle=None):
        """Checks that our databases equal those of kmod for the same tree, or for an equivalent one."""
        ours = tree.depmod()
        self.assertEqual((ours.status, ours.err), (0, ""))
        self.assertEqual(ours.dep, dep)
        oracle = oracle or tree
        oracle.clean()
        theirs = oracle.depmod(tool="kmod")
        self.assertEqual(theirs.status, 0, theirs.err)
        self.assertEqual(set(ours.files) - {"modules.weakdep"}, set(theirs.files))
        for name, content in theirs.files.items():
            self.assertEqual(comparable(name, ours.files[name]), comparable(name, content), name)
        tree.depmod()
        return ours

    def loads(self, tree, name, *paths):
        """Checks that modprobe and modinfo find these files."""
        done = run("modprobe", "-D", "-C", "/dev/null", "-d", tree.root, "-S", RELEASE, name)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([line.split()[1] for line in done.stdout.splitlines()], [str(p) for p in paths])
        done = run("modinfo", "-b", tree.root, "-k", RELEASE, "-F", "alias", name)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotEqual(done.stdout, "")

    def test_nixos_and_guix_link_every_module_into_the_store(self):
        self.host_modules({"store/aaa-linux/kernel/drivers/owner.ko": OWNER,
                           "store/bbb-extra/user.ko": USER})
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            (self.host / "store/aaa-linux" / name).write_text(
                "kernel/fs/fs-b.ko\n" if name == "modules.builtin" else
                "kernel/drivers/owner.ko\nextra/user.ko\n" if name == "modules.order" else "")
        tree = self.tree()
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            tree.path(name).unlink()
            tree.link(name, self.host / "store/aaa-linux" / name)
        tree.link("kernel/drivers/owner.ko", self.host / "store/aaa-linux/kernel/drivers/owner.ko")
        tree.link("extra/user.ko", self.host / "store/bbb-extra/user.ko")
        done = self.alike(tree, "kernel/drivers/owner.ko:\nextra/user.ko: kernel/drivers/owner.ko\n")
        self.assertIn(b"fs_b", done.files["modules.builtin.bin"])
        self.loads(tree, "user", tree.path("kernel/drivers/owner.ko"), tree.path("extra/user.ko"))

    def test_snapd_links_whole_directories_to_another_mount(self):
        self.host_modules({"snap/kernel/modules/6.1.0/kernel/owner.ko": OWNER,
                           "snap/components/wifi/user.ko": USER})
        tree = self.tree()
        tree.link("kernel", self.host / "snap/kernel/modules/6.1.0/kernel")
        tree.link("updates", self.host / "snap/components/wifi")
        self.order(tree, "kernel/owner.ko", "updates/user.ko")
        self.alike(tree, "kernel/owner.ko:\nupdates/user.ko: kernel/owner.ko\n")
        self.loads(tree, "user", tree.path("kernel/owner.ko"), tree.path("updates/user.ko"))

    def test_virtme_links_to_a_build_tree_with_relative_paths(self):
        tree = self.tree()
        self.host_modules({"linux/drivers/owner.ko": OWNER, "linux/net/user.ko": USER})
        for name in ("drivers/owner.ko", "net/user.ko"):
            path = tree.path("kernel/" + name)
            tree.link("kernel/" + name, os.path.relpath(self.host / "linux" / name, path.parent))
        self.order(tree, "kernel/drivers/owner.ko", "kernel/net/user.ko")
        self.alike(tree, "kernel/drivers/owner.ko:\nkernel/net/user.ko: kernel/drivers/owner.ko\n")
        self.loads(tree, "user", tree.path("kernel/drivers/owner.ko"), tree.path("kernel/net/user.ko"))

    def test_kmm_links_back_to_the_modules_of_the_host(self):
        # The path of the target also exists under the root: it is the directory that contains the link.
        self.host_modules({f"modules/{RELEASE}/kernel/owner.ko": OWNER})
        tree, resolved = self.tree(), self.tree()
        where = f"{self.host}/modules/{RELEASE}"
        tree.module(f"{where}/user.ko", *USER)
        tree.link(f"{where}/host", where)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            tree.file(f"{where}/{name}", "user.ko\nhost/kernel/owner.ko\n" if name == "modules.order" else "")
        resolved.module("user.ko", *USER)
        resolved.module("host/kernel/owner.ko", *OWNER)
        self.order(resolved, "user.ko", "host/kernel/owner.ko")
        inside = tree.path(where)
        done = tree.depmod("-m", f"{self.host}/modules", out=inside)
        self.assertEqual((done.status, done.err), (0, ""))
        self.assertEqual(done.dep, "user.ko: host/kernel/owner.ko\nhost/kernel/owner.ko:\n")
        theirs = resolved.depmod(tool="kmod")
        for name, content in theirs.files.items():
            self.assertEqual(comparable(name, done.files[name]), comparable(name, content), name)
        self.assertFalse((self.host / f"modules/{RELEASE}/modules.dep").exists())

    def test_weak_modules_of_suse_link_to_another_release_of_the_image(self):
        tree, resolved = self.tree(), self.tree()
        tree.module("kernel/owner.ko", *OWNER)
        tree.module("/lib/modules/5.0.0/updates/user.ko", *USER)
        tree.link("weak-updates/updates/user.ko", "/lib/modules/5.0.0/updates/user.ko")
        self.order(tree, "kernel/owner.ko")
        resolved.modules({"kernel/owner.ko": OWNER, "weak-updates/updates/user.ko": USER})
        self.order(resolved, "kernel/owner.ko")
        self.alike(tree, "kernel/owner.ko:\nweak-updates/updates/user.ko: kernel/owner.ko\n", resolved)
        self.loads(tree, "user", tree.path("kernel/owner.ko"), tree.path("weak-updates/updates/user.ko"))

    def test_weak_modules_of_fedora_name_an_external_directory_of_the_host(self):
        self.host_modules({"modules/5.0.0/extra/user.ko": USER})
        tree = self.tree()
        tree.module("kernel/owner.ko", *OWNER)
        self.order(tree, "kernel/owner.ko")
        extra = self.host / "modules/5.0.0/extra"
        tree.config(f"external * {extra}\nsearch external built-in\n")
        self.alike(tree, f"kernel/owner.ko:\n{extra}/user.ko: kernel/owner.ko\n")
        self.loads(tree, "user", tree.path("kernel/owner.ko"), extra / "user.ko")

    def test_a_target_may_begin_with_the_path_of_the_root(self):
        tree = self.tree()
        tree.module("kernel/owner.ko", *OWNER)
        tree.module("/opt/user.ko", *USER)
        tree.link("extra/user.ko", tree.root / "opt/user.ko")
        tree.make()
        for options in ([], ["--confined"]):
            done = tree.depmod(*options)
            self.assertEqual((done.status, done.dep),
                             (0, "extra/user.ko: kernel/owner.ko\nkernel/owner.ko:\n"), done.err)

    def test_confined_tools_never_leave_the_root(self):
        self.host_modules({"owner.ko": OWNER})
        tree = self.tree()
        tree.module("kernel/user.ko", *USER)
        tree.link("kernel/owner.ko", self.host / "owner.ko")
        self.order(tree)
        self.assertEqual(tree.depmod().dep, "kernel/owner.ko:\nkernel/user.ko: kernel/owner.ko\n")
        broken = f"a link to {self.host}/owner.ko, which does not exist under {tree.root}"
        for tool, option in (("modprobe", "-d"), ("modinfo", "-b")):
            words = ["-S", RELEASE, "--show-exports"] if tool == "modprobe" else ["-k", RELEASE]
            done = run(tool, option, tree.root, *words, "owner")
            self.assertEqual((done.returncode, done.stderr), (0, ""), tool)
            done = run(tool, option, tree.root, "--confined", *words, "owner")
            self.assertEqual(done.returncode, 1, tool)
            self.assertIn(broken, done.stderr)
        done = tree.depmod("--confined")
        self.assertEqual((done.status, done.dep), (0, "kernel/user.ko:\n"))
        self.assertEqual(done.err, f"depmod: WARNING: cannot stat @ROOT@/{MODULES}/kernel/owner.ko: "
                         + broken.replace(str(tree.root), "@ROOT@") + "\n")

    def test_reports_a_dangling_link_with_its_target(self):
        tree = self.tree()
        tree.module("kernel/owner.ko", *OWNER)
        for name in ("kernel/gone.ko", "extra", "build", "source"):
            tree.link(name, "/no/such/place")
        done = tree.depmod()
        self.assertEqual((done.status, done.dep), (0, "kernel/owner.ko:\n"))
        self.assertEqual(done.err, "".join(
            f"depmod: WARNING: cannot stat @ROOT@/{MODULES}/{name}: "
            "a link to /no/such/place, which does not exist\n" for name in ("extra", "kernel/gone.ko")))

    def test_keeps_the_databases_if_no_module_can_be_read(self):
        tree = self.tree()
        tree.module("kernel/owner.ko", *OWNER)
        before = tree.depmod().files
        tree.path("kernel/owner.ko").unlink()
        tree.path("kernel/owner.ko.recipe").unlink(missing_ok=True)
        for i in range(30):
            tree.link(f"kernel/m{i:02}.ko", f"/no/such/store/m{i:02}.ko")
        done = tree.depmod()
        self.assertEqual((done.status, done.files), (1, before))
        lines = done.err.splitlines()
        self.assertEqual(len(lines), 22)
        self.assertEqual(lines[20:], [
            f"depmod: WARNING: 10 more links in @ROOT@/{MODULES} cannot be followed",
            f"depmod: FATAL: none of the 30 modules or links in @ROOT@/{MODULES} could be read: "
            "the databases were not changed"])

    def test_root_does_not_write_through_a_module_directory_that_is_a_link(self):
        self.host_modules({"built/kernel/owner.ko": OWNER})
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            (self.host / "built" / name).touch()
        tree = self.tree()
        shutil.rmtree(tree.directory)
        tree.directory.symlink_to(self.host / "built")
        written = self.host / "built/modules.dep"
        words = ["-b", tree.root, "-C", tree.conf, RELEASE]
        if os.geteuid() == 0:
            done = run("depmod", *words)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{tree.directory} is a link to {self.host}/built, outside of {tree.root}", done.stderr)
            self.assertFalse(written.exists())
            for path in (self.host, self.host / "built", tree.root):
                os.chown(path, 65534, 65534)
            other = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                    TOOLS["kmodpp"], *(str(word) for word in words)],
                                   env=TEXT, capture_output=True, text=True)
        else:
            other = run("depmod", *words)
        self.assertEqual((other.returncode, other.stderr), (0, ""))
        self.assertEqual(written.read_text(), "kernel/owner.ko:\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, help="directory of the built tools")
    parser.add_argument("--mkmodule", required=True, help="the built mkmodule")
    options, rest = parser.parse_known_args()
    TOOLS["kmodpp"] = str(pathlib.Path(options.tools, "depmod").resolve())
    TOOLS["mkmodule"] = str(pathlib.Path(options.mkmodule).resolve())
    for program in (TOOLS["kmod"], "setpriv"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: install Debian's kmod and util-linux")
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()

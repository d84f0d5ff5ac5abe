# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows that depmod fulfils its whole contract on small trees, with Debian's depmod as the oracle."""
# Where kmodpp is better than the reference, and the tests that show it:
#   read-only output directory    Robustness: names_a_directory_that_cannot_be_written
#   no space left, 0-byte files   Robustness: a_failed_write_leaves_the_old_set_and_no_temporary
#   temporaries, half a set       the same, and Cycles: writes_nothing
#   no fsync                      Robustness: syncs_files_before_renaming_them
#   mutually dependent modules    Cycles: six_modules_that_all_need_each_other, and the others there
#   a symlink loop                Trees: reports_symlink_loops
#   non-ASCII alias               Robustness: skips_an_alias_that_is_not_ascii
#   corrupt .ko                   Robustness: a_corrupt_module_is_listed_without_data
#   ties                          Trees: the_order_of_the_file_system_does_not_matter
#   identical files               Robustness: leaves_files_untouched_that_would_not_change
#   absolute symlinks in -b ROOT  Trees: absolute_symlinks_refer_to_the_root_first, links_test.py
#   two depmods at once           Robustness: a_second_run_waits_for_the_first,
#                                 concurrent_runs_leave_the_files_of_one_run

import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

from lib.directory_lock import LOCK, locked
from lib.scratch import INPUTS, next_file_time
from module_tree import DATABASES, MODULES, RELEASE, TOOLS, Tree, comparable, databases
from random_tree import random_tree

WARNING = "depmod: WARNING: "
ERROR = "depmod: ERROR: "
NOTHING = {"modules.alias": "# Aliases extracted from modules themselves.\n",
           "modules.dep": "",
           "modules.devname": "",
           "modules.softdep": "# Soft dependencies extracted from modules themselves.\n",
           "modules.symbols": "# Aliases for symbols, used by symbol_request().\n",
           "modules.weakdep": "# Weak dependencies extracted from modules themselves.\n"}
ALL = re.compile("")
EMPTY_INDEX = bytes.fromhex("b007f457 00020001 0000000c")


class Contract(unittest.TestCase):
    maxDiff = None

    def tree(self, recipes=(), order=True):
        tree = Tree()
        self.addCleanup(shutil.rmtree, tree.root)
        tree.modules(dict(recipes))
        if order:
            tree.order_all()
        return tree

    def alike(self, tree, *arguments, ignored=None, whole=False):
        """Runs both tools, compares their results except for messages that match `ignored`, and returns
        the outcome of kmodpp."""
        ours, theirs = tree.both(*arguments, whole=whole)
        self.assertEqual(ours.status, theirs.status, ours.err)
        self.assertEqual(without_weakdeps(ours.out), theirs.out)
        left, right = ([line for line in outcome.err.splitlines()
                        if not (ignored and ignored.search(line))] for outcome in (ours, theirs))
        self.assertEqual(left, right)
        self.assertEqual(set(ours.files) - {"modules.weakdep"}, set(theirs.files))
        for name, content in theirs.files.items():
            self.assertEqual(comparable(name, ours.files[name]), comparable(name, content), name)
        return ours

    def succeeds(self, outcome, err=""):
        self.assertEqual((outcome.status, outcome.err), (0, err))
        self.assertEqual(set(outcome.files), set(DATABASES))
        return outcome

    def fails(self, outcome, err, files=None):
        self.assertEqual((outcome.status, outcome.out, outcome.err), (1, "", err))
        self.assertEqual(outcome.files, files or {})


def without_weakdeps(text):
    """The output of a dry run without the weak dependencies, which older releases do not write."""
    return "".join(line for line in text.splitlines(keepends=True)
                   if not line.startswith(("weakdep ", "# Weak dependencies ")))


class CommandLine(Contract):
    RECIPES = {"kernel/owner.ko": ["export fn 0x1", "info alias=pci:v*"],
               "kernel/user.ko": ["need fn 0x2", "need printk 0x3", "need nobody"]}

    def setUp(self):
        self.subject = self.tree(self.RECIPES)
        self.subject.file("/map", "ffff r __ksymtab_printk\n")
        self.subject.file("/symvers", "0x00000004\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n")

    user = "@ROOT@/" + MODULES + "/kernel/user.ko "
    nobody = WARNING + user + "needs unknown symbol nobody\n"
    printk = WARNING + user + "needs unknown symbol printk\n"
    disagrees = (WARNING + user + "disagrees about version of symbol fn\n" +
                 WARNING + user + "disagrees about version of symbol printk\n")

    def test_accepts_every_spelling_of_an_option(self):
        forms = [
            "-b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-b@ROOT@ -C@ROOT@/conf 6.1.0",
            "-b . -C conf -eF map 6.1.0",
            "-b ./lib/.. -C ./conf/../conf -eF ./map 6.1.0",
            "-b @ROOT@/ -C @ROOT@/conf/ 6.1.0",
            "--basedir @ROOT@ --config @ROOT@/conf 6.1.0",
            "--basedir=@ROOT@ --config=@ROOT@/conf --all 6.1.0",
            "--base=@ROOT@ --conf @ROOT@/conf --al 6.1.0",
            "-a 6.1.0 -b @ROOT@ -C @ROOT@/conf",
            "6.1.0 -a -b @ROOT@ -C @ROOT@/conf -F @ROOT@/map",
            "-ab @ROOT@ -C @ROOT@/conf 6.1.0",
            "-a -b @ROOT@ -C @ROOT@/conf -- 6.1.0",
            "-ae -F @ROOT@/map -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-aeF @ROOT@/map -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-eF@ROOT@/map -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "--errsyms --filesyms=@ROOT@/map -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "--err --filesyms @ROOT@/map -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-a -e -E @ROOT@/symvers -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "--errsyms --symvers=@ROOT@/symvers -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-e -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-n -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "--show -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "--dry-run -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-aneF @ROOT@/map -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-w -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "--warn -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-P _ -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "--symbol-prefix=_ -b @ROOT@ -C @ROOT@/conf 6.1.0",
            "-b @ROOT@ -b @ROOT@ -C @ROOT@/conf -E @ROOT@/none -E @ROOT@/symvers 6.1.0",
        ]
        for form in forms:
            with self.subTest(form):
                self.alike(self.subject, *form.split(), whole=True)

    def test_options_of_old_scripts_are_ignored(self):
        plain = self.subject.depmod().files
        for option in ("-u", "-q", "-r", "-aqr", "--unresolved-error", "--quiet", "--root", "--map"):
            with self.subTest(option):
                self.subject.clean()
                self.assertEqual(self.succeeds(self.subject.depmod(option)).files, plain)

    def test_uses_another_module_directory(self):
        with Tree() as tree:
            tree.module("/usr/lib/modules/6.1.0/a.ko")
            where = tree.root / "usr/lib/modules/6.1.0"
            for form in (["-m", "/usr/lib/modules"], ["--moduledir=usr/lib/modules"],
                         ["-m/usr/lib/modules/"]):
                with self.subTest(form):
                    done = tree.depmod(*form, out=where)
                    self.assertEqual((done.status, done.dep), (0, "a.ko:\n"))
                    self.assertEqual(databases(tree.directory), {})

    def test_symvers_override_the_system_map(self):
        for form in (["-e", "-E", "@ROOT@/symvers", "-F", "@ROOT@/none"],
                     ["-e", "-F", "@ROOT@/none", "-E", "@ROOT@/symvers"]):
            with self.subTest(form):
                self.assertEqual(self.alike(self.subject, *form).err.count("\n"), 3)
        self.subject.file("/symvers", "")
        done = self.succeeds(self.subject.depmod("-e", "-E", "@ROOT@/symvers", "-F", "@ROOT@/map"),
                             WARNING + self.user + "disagrees about version of symbol fn\n" +
                             self.printk + self.nobody)
        self.assertEqual(done.dep, "kernel/owner.ko:\nkernel/user.ko: kernel/owner.ko\n")

    def test_reports_unknown_symbols_with_e_and_kernel_symbols(self):
        for form, err in ((["-e", "-F", "@ROOT@/map"], self.nobody),
                          (["-F", "@ROOT@/map"], ""),
                          (["-e"], WARNING + "-e needs -E or -F\n"),
                          (["-e", "-E", "@ROOT@/symvers"], self.disagrees + self.nobody),
                          (["-E", "@ROOT@/symvers"], "")):
            with self.subTest(form):
                self.succeeds(self.alike(self.subject, *form), err)

    def test_missing_symbol_files_are_errors(self):
        for option in ("-E", "-F"):
            self.subject.clean()
            self.fails(self.subject.depmod(option, "@ROOT@/none"),
                       "depmod: FATAL: cannot open @ROOT@/none: No such file or directory\n")

    def test_the_symbol_prefix_is_skipped(self):
        tree = self.tree({"a.ko": ["export _one 0x1", "export two 0x2"], "b.ko": ["need one", "need _two"],
                          "c.ko": ["need printk", "need _printk"]})
        tree.file("/map", "f r ___ksymtab_printk\n")
        done = self.alike(tree, "-P", "_", "-e", "-F", "@ROOT@/map", ignored=ALL)
        self.assertEqual((done.dep, done.err), ("a.ko:\nb.ko: a.ko\nc.ko:\n", ""))
        self.assertIn("alias symbol:one a\n", done.text("modules.symbols"))
        tree.clean()
        self.fails(tree.depmod("-P", "ab"), ERROR + "-P requires a single character, not 'ab'\n")

    def test_w_reports_duplicate_lines(self):
        tree = self.tree({"a.ko": ["info alias=shared", "info alias=x-y", "info alias=x_y", "export fn"],
                          "b.ko": ["info alias=shared", "export fn"]})
        ours, theirs = tree.both("-w")
        duplicate = (WARNING + "@ROOT@/lib/modules/6.1.0/b.ko exports duplicate symbol fn of "
                     "@ROOT@/lib/modules/6.1.0/a.ko\n")
        self.assertEqual(theirs.err, WARNING + "duplicate module alias:\nx_y a\n")
        # kmodpp prints the message on one line.
        self.succeeds(ours, duplicate + theirs.err.replace(":\n", ": "))
        self.succeeds(tree.depmod())

    def test_a_dry_run_prints_the_texts_and_writes_nothing(self):
        tree = self.tree({"a.ko": ["export fn 0x1", "info alias=devname:x", "info alias=char-major-10-1",
                                   "info softdep=pre: b", "info weakdep=b"], "b.ko": ["need fn 0x2"]})
        before = snapshot(tree.root)
        done = self.alike(tree, "-n")
        self.assertEqual(snapshot(tree.root), before)
        self.assertEqual(done.out,
                         "a.ko:\nb.ko: a.ko\n"
                         "# Aliases extracted from modules themselves.\n"
                         "alias devname:x a\nalias char-major-10-1 a\n"
                         "# Soft dependencies extracted from modules themselves.\nsoftdep a pre: b\n"
                         "# Weak dependencies extracted from modules themselves.\nweakdep a b\n"
                         "# Aliases for symbols, used by symbol_request().\nalias symbol:fn a\n"
                         "# Device nodes to trigger on-demand module loading.\na x c10:1\n")

    def test_refuses_bad_versions_and_operands(self):
        for version in ("six", "6", "6.", ".6", "v6.1", "a/b"):
            with self.subTest(version):
                self.alike(self.subject, "-b", "@ROOT@", version, whole=True)
        for operand in ("kernel/owner.ko", "six"):
            with self.subTest(operand):
                self.subject.clean()
                self.fails(self.subject.run("-b", "@ROOT@", RELEASE, operand),
                           ERROR + f"Bad version passed {operand}\n")

    def test_a_missing_version_is_an_error(self):
        self.fails(self.subject.run("-b", "@ROOT@", "6.2.0"),
                   "depmod: FATAL: could not open directory @ROOT@/lib/modules/6.2.0: "
                   "No such file or directory\n")

    def test_reads_only_the_files_that_are_named(self):
        inside = "@ROOT@/" + MODULES
        for files in (["kernel/owner.ko"], ["kernel/user.ko"], ["kernel/owner.ko", "kernel/user.ko"],
                      ["kernel/user.ko", "kernel/owner.ko"]):
            with self.subTest(files):
                self.alike(self.subject, "-b", "@ROOT@", RELEASE,
                           *(f"{inside}/{name}" for name in files), whole=True)
        for name, why in (("none.ko", "cannot stat {}: No such file or directory"),
                          ("modules.order", "not an absolute path of a module file: '{}'")):
            path = f"{inside}/{name}"
            self.subject.clean()
            self.fails(self.subject.run("-b", "@ROOT@", RELEASE, path),
                       "depmod: FATAL: " + why.format(path) + "\n")

    def test_refuses_unknown_options(self):
        for form, err in (("-x", "depmod: invalid option -- 'x'\n"),
                          ("--nope", "depmod: unrecognized option '--nope'\n"),
                          ("--sy", "depmod: option '--sy' is ambiguous; possibilities: "
                           "'--symbol-prefix' '--symvers'\n"),
                          ("-C", "depmod: option requires an argument -- 'C'\n"),
                          ("--show=x", "depmod: option '--show' doesn't allow an argument\n")):
            with self.subTest(form):
                done = self.subject.run("-b", "@ROOT@", RELEASE, form)
                self.assertEqual((done.status, done.out, done.files), (1, "", {}))
                self.assertTrue(done.err.startswith(err), done.err)

    def test_creates_the_output_directory_and_leaves_the_input_unchanged(self):
        before = snapshot(self.subject.root)
        for option in ("-o", "--outdir"):
            with self.subTest(option):
                out = self.subject.root / "out" / option / "deep"
                where = out / MODULES
                done = self.succeeds(self.subject.depmod(option, out, out=where))
                self.assertEqual(done.dep, "kernel/owner.ko:\nkernel/user.ko: kernel/owner.ko\n")
        shutil.rmtree(self.subject.root / "out")
        self.assertEqual(snapshot(self.subject.root), before)

    def test_quick_reads_no_module_until_one_has_changed(self):
        tree = self.subject
        for option in ("-A", "--quick"):
            with self.subTest(option):
                next_file_time()
                tree.clean()
                self.succeeds(tree.depmod(option))
                before = snapshot(tree.root)
                done, opened = traced(tree, option)
                self.succeeds(done)
                self.assertEqual([path for path in opened if path.endswith(".ko")], [])
                self.assertEqual(snapshot(tree.root), before)
                next_file_time()
                tree.module("kernel/owner.ko", "export fn 0x1", "info alias=from" + option)
                tree.make()
                done, opened = traced(tree, option)
                self.assertIn(f"alias from{option} owner\n", self.succeeds(done).text("modules.alias"))
                self.assertTrue(any(path.endswith("owner.ko") for path in opened), opened)


class Configuration(Contract):
    # Each name that occurs twice has a file in updates/, so that the search list decides; otherwise the
    # reference would use the order of the file system.
    RECIPES = {name: [] for name in (
        "kernel/a.ko", "updates/a.ko", "extra/a.ko", "weak/a.ko", "kernel/net/b.ko", "updates/b.ko",
        "kernel/skip/c.ko", "deep/skip/d.ko", "extra/f.ko.xz", "updates/f.ko", "kernel/a-b.ko",
        "updates/a_b.ko", "/ext/a.ko", "/ext/z.ko", "/ext/skip/w.ko")}
    LIST_OF_ALL = "search updates extra weak external built-in\n"

    def setUp(self):
        self.subject = self.tree(self.RECIPES)
        # For the reference, external directories are paths of the host, for kmodpp paths of the root.
        self.external = str(self.subject.root / "ext")
        (self.subject.root / self.external[1:]).parent.mkdir(parents=True)
        (self.subject.root / self.external[1:]).symlink_to("/ext")

    def verbs_are_alike(self, texts):
        for text in texts:
            with self.subTest(text):
                self.subject.config(text.replace("EXT", self.external) + "\n")
                ours, theirs = self.subject.both()
                self.assertEqual((ours.status, ours.err, theirs.err), (0, "", ""))
                self.assertEqual(sorted(ours.dep.split()), sorted(theirs.dep.split()))
                # External modules are not listed in modules.order.
                if "external" not in text:
                    self.assertEqual(ours.dep, theirs.dep)

    def test_each_verb_has_the_effect_it_has_in_kmod(self):
        external = "external * EXT\n"
        self.verbs_are_alike([
            "", external, external + "exclude skip", "external ^5 EXT", "external 6 EXT",
            "external \\\\.1\\\\. EXT", "override a * extra", "override a 6.1 extra",
            "override a 6.1.0 kernel", "override a ^5 extra", "override a 6\\\\.1\\\\.0 extra",
            "override a ^6.*0$ extra", "override a (5|6) extra", "override a 6.1.0-other extra",
            "override b * kernel", "override b * kernel/net", "override a-b * kernel", "override f * extra",
            "override a * extra\noverride a * kernel", "override a ^5 extra\noverride a * kernel",
            "override * * extra", "exclude skip", "exclude skip net", "exclude skip\nexclude net",
            "exclude deep/skip", "exclude kernel extra weak", "#exclude skip",
            "ex\\\nclude skip \\\n net", "# comment \\\nexclude skip", "exclude \\\nskip", "exclude skip\\",
            "exclude skip # net", "\\\nexclude skip", "  exclude   skip  ", "\texclude\tskip",
        ])

    def test_each_search_list_has_the_effect_it_has_in_kmod(self):
        self.subject.file("/conf/zz-all.conf", self.LIST_OF_ALL)
        external = "external * EXT\n"
        self.verbs_are_alike([
            "", "search extra updates", "search extra\nsearch weak", "search extra", "search weak",
            "search kernel", "search kernel/net", "search kernel/ne", "search ext", "search nothing",
            "search /updates", "search kernel extra\nexclude updates", "exclude updates",
            external, external + "search external updates", external + "search extra external",
            external + "search kernel", "external ^5 EXT\nsearch external", "external 6 EXT\nsearch external",
            "search weak\noverride a * extra", "search weak\noverride a ^5 extra",
        ])

    def test_built_in_matches_every_other_directory(self):
        self.verbs_are_alike([
            "search built-in updates extra weak", "search extra weak built-in updates",
            "search updates extra weak built-in", "search weak built-in\nsearch extra updates",
            "external * EXT\nsearch extra weak built-in external updates",
            "external * EXT\nsearch extra weak external built-in updates",
        ])

    def test_an_override_may_name_an_external_directory(self):
        self.subject.config(f"external * {self.external}//\noverride a * {self.external}\n")
        self.assertEqual(self.succeeds(self.subject.depmod()).dep.count(self.external + "/a.ko:"), 1)

    def test_an_external_line_may_name_several_directories(self):
        # The reference only reads the first one.
        self.subject.module("/more/sub/m.ko")
        self.subject.config(f"external * /more {self.external}\n")
        dep = self.succeeds(self.subject.depmod()).dep
        for path in ("/more/sub/m.ko", self.external + "/z.ko"):
            self.assertIn(path + ":\n", dep)

    def test_reports_lines_without_effect(self):
        self.subject.config("include /x\nmake_map_files yes\nnonsense here\nsearch\n\noverride a\n"
                            "external *\nexternal * relative\nexclude \\\n\nsearch extra\n")
        where = WARNING + "@ROOT@/conf/test.conf line "
        bad = "ignoring bad line starting with "
        done = self.succeeds(self.subject.depmod(), "".join((
            where + "1: command include is not implemented\n",
            where + "2: command make_map_files is not implemented\n",
            where + f"3: {bad}'nonsense'\n",
            where + f"4: {bad}'search'\n",
            where + f"6: {bad}'override'\n",
            where + f"7: {bad}'external'\n",
            where + f"8: {bad}'external'\n",
            where + f"10: {bad}'exclude'\n")))
        self.assertIn("extra/a.ko:\n", done.dep)

    def test_reports_a_missing_external_directory(self):
        self.subject.config("external * /nowhere\n")
        self.succeeds(self.subject.depmod(),
                      WARNING + "@ROOT@/conf/test.conf line 1: could not open directory "
                      "@ROOT@/nowhere: No such file or directory\n")

    def test_files_and_directories_are_merged_by_name(self):
        self.subject = self.tree({f"{place}/a.ko": [] for place in ("kernel", "updates", "extra", "weak")})
        for path, text in (("/one/10-x.conf", "search weak"), ("/one/20-x.conf", "search kernel"),
                           ("/two/10-x.conf", "search extra"), ("/two/05-x.conf", "search updates"),
                           ("/two/readme.txt", "nonsense"), ("/two/30-x.conf~", "nonsense"),
                           ("/plain.txt", "search extra"), ("/z.conf", "exclude weak")):
            self.subject.file(path, text + "\n")
        for form in (["one"], ["two"], ["one", "two"], ["two", "one"], ["plain.txt"], ["one", "plain.txt"],
                     ["z.conf", "one"], ["plain.txt", "z.conf", "two"], ["none"], ["none", "one"]):
            with self.subTest(form):
                options = [word for name in form for word in ("-C", "@ROOT@/" + name)]
                self.alike(self.subject, "-b", "@ROOT@", *options, RELEASE, whole=True)


class Trees(Contract):
    def test_an_empty_tree_gets_its_databases(self):
        tree = self.tree()
        for name in INPUTS:
            tree.path(name).unlink()
        done = self.alike(tree)
        self.succeeds(done, "".join(
            WARNING + f"could not open {name} at @ROOT@/lib/modules/6.1.0: No such file or directory\n"
            for name in INPUTS))
        for name, content in done.files.items():
            self.assertEqual(content, NOTHING[name].encode() if name in NOTHING else EMPTY_INDEX, name)

    def test_each_file_of_the_kernel_build_is_optional(self):
        for missing in INPUTS:
            with self.subTest(missing):
                tree = self.tree({"a.ko": ["info alias=x"]})
                tree.file("modules.builtin", "kernel/fs/ext-4.ko\n")
                tree.file("modules.builtin.modinfo", "ext_4.alias=fs-ext4\0")
                tree.path(missing).unlink()
                done = self.succeeds(self.alike(tree), WARNING + f"could not open {missing} at "
                                     "@ROOT@/lib/modules/6.1.0: No such file or directory\n")
                self.assertEqual(done.dep, "a.ko:\n")

    def test_weak_updates_link_to_the_modules_of_other_kernels(self):
        tree = self.tree({"kernel/own.ko": ["export own_fn"],
                          "/lib/modules/5.0.0/extra/drv.ko.xz": ["need own_fn", "info alias=drv"],
                          "/lib/modules/5.0.0/extra/other.ko": []}, order=False)
        tree.link("weak-updates/drv.ko.xz", "../../5.0.0/extra/drv.ko.xz")
        tree.link("weak-updates/named.ko", "../../5.0.0/extra/other.ko")
        tree.file("modules.order", "kernel/own.ko\nweak-updates/drv.ko\nweak-updates/named.ko\n")
        done = self.succeeds(self.alike(tree))
        self.assertEqual(done.dep, "kernel/own.ko:\nweak-updates/drv.ko.xz: kernel/own.ko\n"
                         "weak-updates/named.ko:\n")

    def test_absolute_symlinks_refer_to_the_root_first(self):
        with tempfile.TemporaryDirectory() as outside:
            outside = os.path.realpath(outside)
            tree = self.tree({outside + "/drv.ko": ["info alias=inside"],
                              outside + "/directory/deep.ko": ["info alias=inside-too"],
                              "/lib/modules/5.0.0/old.ko": ["info alias=old"]}, order=False)
            host = self.tree({"drv.ko": ["info alias=host"], "deep.ko": ["info alias=host"]})
            os.mkdir(outside + "/directory")
            shutil.copy(host.path("drv.ko"), outside + "/drv.ko")
            shutil.copy(host.path("deep.ko"), outside + "/directory/deep.ko")
            tree.link("links/drv.ko", outside + "/drv.ko")
            tree.link("links/directory", outside + "/directory")
            tree.link("links/old.ko", "/lib/modules/5.0.0/old.ko")
            tree.link("links/above.ko", "/".join([".."] * 40) + outside + "/drv.ko")
            tree.link("modules.softdep", outside + "/directory/written")
            done, opened = traced(tree)
            self.succeeds(done)
            self.assertEqual(done.dep, "links/above.ko:\nlinks/directory/deep.ko:\nlinks/drv.ko:\n"
                             "links/old.ko:\n")
            self.assertEqual(done.text("modules.alias").splitlines()[1:], [
                "alias inside above", "alias inside-too deep", "alias inside drv", "alias old old"])
            self.assertEqual(sorted(os.listdir(outside + "/directory")), ["deep.ko"])
            allowed = (str(tree.root), "/lib/", "/usr/lib", "/lib64/", "/etc/ld.so", "/etc/depmod.d",
                       "/run/depmod.d", "/usr/local/lib/depmod.d", "/proc/", "/sys/",
                       str(pathlib.Path(TOOLS["kmodpp"]).parents[1]))
            self.assertEqual([path for path in opened if path != "/" and not path.startswith(allowed)], [])
            self.assertTrue(any(path.endswith("links/old.ko") or path.endswith("5.0.0/old.ko")
                                for path in opened), "the trace contains no module")

    def test_reports_symlink_loops(self):
        tree = self.tree({"kernel/a.ko": [], "kernel/sub/b.ko": []}, order=False)
        for name, target in (("kernel/up", ".."), ("kernel/sub/here", "."), ("kernel/sub/top", "/" + MODULES),
                             ("self.ko", "self.ko"), ("one.ko", "two.ko"), ("two.ko", "one.ko"),
                             ("left", "right"), ("right", "left"), ("kernel/sub/side", "../../left/kernel")):
            tree.link(name, target)
        done = self.succeeds(tree.depmod(), "".join(
            WARNING + f"cannot stat @ROOT@/{MODULES}/{name}: {why}Too many levels of symbolic links\n"
            for name, why in (("left", "a link to right: "), ("one.ko", "a link to two.ko: "),
                              ("right", "a link to left: "), ("self.ko", "a link to self.ko: "),
                              ("two.ko", "a link to one.ko: "),
                              ("kernel/sub/side", "a link to ../../left/kernel: "))))
        self.assertEqual(done.dep, "kernel/a.ko:\nkernel/sub/b.ko:\n")

    def test_only_regular_files_are_modules(self):
        tree = self.tree({"kernel/a.ko": [], "kernel/directory.ko/b.ko": []})
        os.mkfifo(tree.path("kernel/fifo.ko"))
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        here = os.open(tree.path("kernel"), os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/socket.ko")
        os.close(here)
        names = ["fifo.ko", "socket.ko"]
        if os.geteuid() == 0:
            os.mknod(tree.path("kernel/device.ko"), 0o020600, os.makedev(1, 5))
            names.insert(0, "device.ko")
        done = self.succeeds(tree.depmod(), "".join(
            WARNING + f"@ROOT@/{MODULES}/kernel/{name} skipped: not a regular file\n" for name in names))
        self.assertEqual(done.dep, "kernel/a.ko:\nkernel/directory.ko/b.ko:\n")
        self.alike(tree, ignored=ALL)

    def test_uses_the_first_path_of_one_name_in_several_compressions(self):
        tree = self.tree({"kernel/m.ko.gz": ["info alias=gz"], "kernel/m.ko": ["info alias=plain"],
                          "kernel/m.ko.zst": ["info alias=zst"], "kernel/m.ko.xz": ["info alias=xz"],
                          "kernel/x-y.ko.zst": [], "kernel/x_y.ko": []})
        done = self.succeeds(tree.depmod())
        self.assertEqual(done.dep, "kernel/m.ko:\nkernel/x-y.ko.zst:\n")
        self.assertIn("alias plain m\n", done.text("modules.alias"))

    def test_links_modules_of_every_compression(self):
        tree = self.tree({"a.ko.gz": ["export a"], "b.ko.xz": ["export b", "need a"],
                          "c.ko.zst": ["export c", "need b"], "d.ko": ["need c"]})
        # If it was compiled without zlib, the reference cannot read .gz.
        done = self.succeeds(tree.depmod())
        self.assertEqual(done.dep, "a.ko.gz:\nb.ko.xz: a.ko.gz\nc.ko.zst: b.ko.xz a.ko.gz\n"
                         "d.ko: c.ko.zst b.ko.xz a.ko.gz\n")

    def test_the_order_of_the_file_system_does_not_matter(self):
        names = [f"m{i:02}.ko" for i in range(40)]
        results = []
        listings = set()
        for order in (names, names[::-1], names[20:] + names[:20]):
            # A tmpfs lists its files in the order of their creation.
            with Tree() as tree:
                for name in order:
                    tree.module("kernel/" + name, "export shared 0x1", "info alias=same", "need x" + name)
                    tree.module("extra/" + name, "export shared 0x1", "info alias=other")
                    tree.make()
                listings.add(tuple(os.listdir(tree.path("kernel"))))
                results.append(self.succeeds(tree.depmod()).files)
        self.assertEqual(len(listings), 3, "the file system lists names in sorted order, so this test shows nothing")
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])

    def test_modules_order_ignores_compression(self):
        tree = self.tree({"kernel/a.ko.xz": ["info alias=x"], "kernel/b.ko": ["info alias=x"],
                          "kernel/c.ko.zst": ["info alias=x"], "kernel/d.ko": []}, order=False)
        tree.file("modules.order", "kernel/c.ko\nkernel/none.ko\nkernel/b.ko\nkernel/a.ko\nkernel/d.ko\n")
        done = self.succeeds(self.alike(tree))
        self.assertEqual(done.dep, "kernel/c.ko.zst:\nkernel/b.ko:\nkernel/a.ko.xz:\nkernel/d.ko:\n")

    def test_reports_unreadable_directories_and_processes_the_rest(self):
        tree = self.tree({"kernel/a.ko": [], "kernel/closed/b.ko": []})
        tree.path("kernel/closed").chmod(0)
        done = tree.depmod(before=without_file_capabilities())
        tree.path("kernel/closed").chmod(0o755)
        self.succeeds(done, ERROR + f"could not open directory @ROOT@/{MODULES}/kernel/closed: "
                      "Permission denied\n")
        self.assertEqual(done.dep, "kernel/a.ko:\n")
        tree.directory.chmod(0)
        done = tree.depmod(before=without_file_capabilities(), out=tree.root)
        tree.directory.chmod(0o755)
        self.assertEqual(done.status, 1)
        self.assertRegex(done.err, f"^depmod: FATAL: .*open .*@ROOT@/{MODULES}: Permission denied\n$")

    def test_skips_names_that_modules_dep_cannot_represent(self):
        odd = ["#x.ko", ".hidden.ko", "a,b.ko", "a=b.ko", "back\\slash.ko", "x.ko.ko"]
        bad = [("has blank.ko", "has blank.ko"), ("has:colon.ko", "has:colon.ko"), ("tab\t.ko", "tab\\x09.ko"),
               ("line\nbreak.ko", "line\\x0abreak.ko")]
        tree = self.tree({"kernel/" + name: [] for name in odd + [name for name, _ in bad]}, order=False)
        shown = sorted((name, text) for name, text in bad)
        done = self.succeeds(tree.depmod(), "".join(
            WARNING + f"@ROOT@/{MODULES}/kernel/{text} skipped: modules.dep cannot represent such a name\n"
            for _, text in shown))
        self.assertEqual(done.dep, "".join(f"kernel/{name}:\n" for name in sorted(odd)))


class Elf(Contract):
    SYMVERS = "0x00000001\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n"

    def pair(self, owner, user, *options, head=(), ignored=None):
        """Runs both tools on two modules with the same head, and compares the results."""
        tree = self.tree({"owner.ko": [*head, *owner], "user.ko": [*head, *user]})
        tree.file("/symvers", self.SYMVERS)
        return self.alike(tree, "-e", "-E", "@ROOT@/symvers", *options, ignored=ignored)

    HEADS = {"64 bit": [], "32 bit": ["class 32", "machine i386"],
             "32 bit, big endian": ["class 32", "order big", "machine mips"],
             "64 bit, big endian": ["order big", "machine ppc64"],
             "CRCs in a table": ["crc-place section"],
             "big endian, CRCs in a table": ["order big", "machine s390x", "crc-place section"],
             "extended modversions": ["ext-versions yes"],
             "flags next to the exports": ["kflagstab yes"],
             "flags and extended modversions, big endian":
                 ["class 32", "order big", "machine ppc", "kflagstab yes", "ext-versions yes"]}

    def test_links_modules_of_every_kind_and_compares_their_versions(self):
        for name, head in self.HEADS.items():
            with self.subTest(name):
                # Debian's version of kmod does not read extended modversions.
                done = self.pair(["export one 0x12345678", "export two 0x9abcdef0 gpl", "info alias=x"],
                                 ["need one 0x12345678", "need two 0x0fedcba9", "need module_layout 0x1",
                                  "need missing 0x7"], head=head,
                                 ignored=ALL if "ext-versions yes" in head else None)
                user = WARNING + f"@ROOT@/{MODULES}/user.ko "
                self.succeeds(done, user + "disagrees about version of symbol two\n" +
                              user + "needs unknown symbol missing\n")
                self.assertEqual(done.dep, "owner.ko:\nuser.ko: owner.ko\n")

    def test_links_names_longer_than_a_row_of_modversions(self):
        name = "n" * 200
        done = self.pair([f"export {name}"], [f"need {name}"], head=["ext-versions yes"])
        self.assertEqual(done.dep, "owner.ko:\nuser.ko: owner.ko\n")

    def test_finds_exports_without_crcs_by_their_strings(self):
        done = self.pair(["export one", "export two gpl"], ["need one", "need two"])
        self.assertEqual(sorted(done.text("modules.symbols").splitlines()[1:]),
                         ["alias symbol:one owner", "alias symbol:two owner"])

    def test_finds_exports_without_a_crc_next_to_exports_with_one(self):
        # The kernel's loader reads __ksymtab. The reference omits this dependency, and then the module
        # cannot be loaded.
        tree = self.tree({"owner.ko": ["export with 0x1", "export without"], "user.ko": ["need without 0x0"]})
        tree.file("/symvers", self.SYMVERS)
        ours, theirs = tree.both("-e", "-E", "@ROOT@/symvers")
        self.succeeds(ours)
        self.assertEqual(ours.dep, "owner.ko:\nuser.ko: owner.ko\n")
        self.assertEqual(ours.text("modules.symbols").splitlines()[1:],
                         ["alias symbol:with owner", "alias symbol:without owner"])
        self.assertEqual(theirs.dep, "owner.ko:\nuser.ko:\n")

    def test_weak_symbols_create_dependencies_but_may_be_missing(self):
        done = self.pair(["export there 0x1"], ["need there 0x2 weak", "need missing weak", "need gone 0x3 weak"])
        self.succeeds(done)
        self.assertEqual(done.dep, "owner.ko:\nuser.ko: owner.ko\n")

    def test_ignores_registers_of_sparc(self):
        done = self.pair(["export g2"], ["register g2", "register g3"], head=["order big", "machine sparc64"])
        self.succeeds(done)
        self.assertEqual(done.dep, "owner.ko:\nuser.ko:\n")

    def test_ignores_a_leading_dot_of_a_symbol(self):
        done = self.pair(["export one 0x1", "export two 0x2"],
                         ["need .one 0x1", "need .two 0x3", "need .none", "need .module_layout 0x1",
                          "need .TOC.", "need TOC."], head=["order big", "machine ppc64"])
        user = WARNING + f"@ROOT@/{MODULES}/user.ko "
        self.succeeds(done, user + "disagrees about version of symbol .two\n" +
                      user + "needs unknown symbol .none\n")

    def test_a_missing_version_disagrees_with_any_version(self):
        done = self.pair(["export versioned 0x1", "export zero 0x0"],
                         ["need versioned", "need zero", "need module_layout"])
        user = WARNING + f"@ROOT@/{MODULES}/user.ko "
        self.succeeds(done, user + "disagrees about version of symbol versioned\n" +
                      user + "disagrees about version of symbol module_layout\n")

    def test_symbols_that_the_loader_defines_are_not_unknown(self):
        self.succeeds(self.pair([], ["need __this_module", "need _GLOBAL_OFFSET_TABLE_"]))

    def test_a_module_may_export_a_symbol_of_the_kernel(self):
        done = self.pair(["export module_layout 0x2"], ["need module_layout 0x2"])
        self.succeeds(done)
        self.assertEqual(done.dep, "owner.ko:\nuser.ko: owner.ko\n")

    def test_writes_softdeps_and_weakdeps_of_modules(self):
        tree = self.tree({"one.ko": ["info softdep=pre: a post: b", "info softdep=pre: c", "info weakdep=d e",
                                     "info weakdep=f"], "two-x.ko": ["info weakdep=one"]})
        done = self.succeeds(self.alike(tree))
        self.assertEqual(done.text("modules.softdep"), NOTHING["modules.softdep"] +
                         "softdep one pre: a post: b\nsoftdep one pre: c\n")
        self.assertEqual(done.text("modules.weakdep"), NOTHING["modules.weakdep"] +
                         "weakdep one d e\nweakdep one f\nweakdep two_x one\n")

    def test_aliases_keep_their_text_and_are_found_with_dash_or_underscore(self):
        tree = self.tree({"one.ko": ["info alias=a-b[c-d]e-f", "info alias=same", "info alias=same",
                                     "info alias=[[x]", "info alias=usb:v0?p[0-9]*"],
                          "two-x.ko": ["info alias=same", "info alias=a_b[c-d]e_f"]})
        done = self.succeeds(self.alike(tree))
        self.assertIn("alias a-b[c-d]e-f one\n", done.text("modules.alias"))
        self.assertIn("alias a_b[c-d]e_f two_x\n", done.text("modules.alias"))

    def test_device_nodes_need_a_name_and_a_number(self):
        tree = self.tree({
            "a.ko": ["info alias=devname:net/tun", "info alias=char-major-10-200"],
            "b.ko": ["info alias=block-major-7-0", "info alias=devname:loop"],
            "c.ko": ["info alias=char-major-10-*", "info alias=devname:c", "info alias=block-major-8-16"],
            "d.ko": ["info alias=devname:d", "info alias=char-major-1-2", "info alias=devname:e"],
            "e.ko": ["info alias=char-major-1-2"], "f.ko": ["info alias=devname:f"]})
        done = self.alike(tree, ignored=ALL)
        self.assertEqual(done.text("modules.devname"),
                         "# Device nodes to trigger on-demand module loading.\na net/tun c10:200\n"
                         "b loop b7:0\nc c b8:16\nd d c1:2\n")
        self.succeeds(done, WARNING + "Module 'f' has devname (f) but lacks major and minor information. "
                      "Ignoring.\n")

    def test_indexes_names_and_aliases_of_builtin_modules(self):
        tree = self.tree({"a.ko": []})
        tree.file("modules.builtin", "kernel/fs/ext-4.ko\nkernel/x.ko.xz\nkernel/drivers/foo.ko\n")
        tree.file("modules.builtin.modinfo", "ext_4.license=GPL\0ext_4.alias=fs-ext4\0ext_4.alias=fs-ext3\0"
                  "foo.alias=a[b-c]d-e\0foo.alias=fs-ext4\0foo.parm=x:int\0")
        done = self.succeeds(self.alike(tree))
        self.assertEqual(comparable("modules.builtin.alias.bin", done.files["modules.builtin.alias.bin"]), [
            (b"a[b-c]d_e", [(0, b"foo")]), (b"fs_ext3", [(0, b"ext_4")]),
            (b"fs_ext4", [(0, b"foo"), (0, b"ext_4")])])


class Cycles(Contract):
    def rows(self, text):
        """Recipes of modules from a text like "a:bc b: c:": each exports NAME_fn and needs those of
        others."""
        return {name + ".ko": [f"export {name}_fn", *(f"need {need}_fn" for need in needs)]
                for name, needs in (word.split(":") for word in text.split())}

    def test_reports_each_cycle_once_in_its_shortest_form(self):
        for text in ("a:b b:a", "a:b b:c c:a", "a:b b:c c:b d:a e:", "a:b b:a c:d d:c", "z:a a:b b:a",
                     "a:b b:cd c:d d:a", "a:b b:a c:a", "a:a", "a:a b:a"):
            with self.subTest(text):
                self.alike(self.tree(self.rows(text)))
        # The reference prints another order here, or reports a cycle that does not exist.
        for text, cycles, count in (("a:bc b:a c:a", ["a -> b -> a", "a -> c -> a"], 3),
                                    ("a:b b:ac c:d d:", ["a -> b -> a"], 2)):
            with self.subTest(text):
                self.fails(self.tree(self.rows(text)).depmod(), cycle_messages(cycles, count))

    def test_six_modules_that_all_need_each_other(self):
        names = "abcdef"
        tree = self.tree(self.rows(" ".join(f"{name}:{names.replace(name, '')}" for name in names)))
        pairs = [f"{a} -> {b} -> {a}" for i, a in enumerate(names) for b in names[i + 1:]]
        self.fails(tree.depmod(), cycle_messages(pairs, 6))
        reference = tree.depmod(tool="kmod")
        self.assertEqual(reference.status, -signal.SIGABRT)

    def test_a_ring_of_a_thousand_modules(self):
        names = [f"m{i:03}" for i in range(1000)]
        tree = self.tree({f"{name}.ko": [f"export {name}_fn", f"need {names[i - 999]}_fn"]
                          for i, name in enumerate(names)})
        self.fails(tree.depmod(), cycle_messages([" -> ".join(names + names[:1])], 1000))

    def test_limits_the_number_of_reported_cycles(self):
        names = [f"m{i:02}" for i in range(80)]
        tree = self.tree({f"{name}.ko": [f"export {name}_fn", *(f"need {other}_fn" for other in names
                                                               if other != name)] for name in names})
        done = tree.depmod()
        lines = done.err.splitlines(keepends=True)
        self.assertEqual((done.status, done.files, len(lines)), (1, {}, 1002))
        self.assertEqual(lines[0], ERROR + "Cycle detected: m00 -> m01 -> m00\n")
        self.assertEqual(len(set(lines)), len(lines))
        self.assertEqual(lines[-2:], [
            ERROR + "Only 1000 of the cycles among these 80 modules are shown\n",
            ERROR + "Found 80 modules in dependency cycles!\n"])

    def test_writes_nothing(self):
        tree = self.tree({"a.ko": ["export a_fn"], "b.ko": ["export b_fn", "need a_fn"]})
        old = self.succeeds(tree.depmod()).files
        tree.module("a.ko", "export a_fn", "need b_fn")
        tree.make()
        before = snapshot(tree.root)
        self.fails(tree.depmod(), cycle_messages(["a -> b -> a"], 2), old)
        self.assertEqual(snapshot(tree.root), before)


class Robustness(Contract):
    GOOD = {"kernel/owner.ko": ["export fn", "info alias=owner"], "kernel/user.ko": ["need fn"]}

    def test_a_corrupt_module_is_listed_without_data(self):
        tree = self.tree({**self.GOOD, "kernel/cut.ko": ["export cut_fn", "truncate 300"],
                          "kernel/empty.ko": ["raw"], "kernel/text.ko": ["raw 6e6f"]})
        tree.file("kernel/packed.ko.xz", b"\xfd7zXZ\0 no more")
        tree.order_all()
        done = tree.depmod()
        self.assertEqual((done.status, set(done.files)), (0, set(DATABASES)))
        self.assertEqual(done.dep, "kernel/cut.ko:\nkernel/empty.ko:\nkernel/owner.ko:\nkernel/packed.ko.xz:\n"
                         "kernel/text.ko:\nkernel/user.ko: kernel/owner.ko\n")
        self.assertNotIn("cut_fn", done.text("modules.symbols"))
        lines = done.err.splitlines()
        self.assertEqual(len(lines), 4)
        for line, name in zip(lines, ("cut.ko", "empty.ko", "packed.ko.xz", "text.ko")):
            begin = ERROR + f"failed to load symbols from @ROOT@/{MODULES}/kernel/{name}: "
            self.assertTrue(line.startswith(begin) and len(line) > len(begin), line)
        self.alike(tree, ignored=ALL)

        tree.clean()
        strict = tree.depmod("--strict")
        self.fails(strict, done.err + "depmod: FATAL: 4 modules could not be read\n")

    def test_skips_an_alias_that_is_not_ascii(self):
        tree = self.tree({"a.ko": ["info alias=gr\u00fcn", "info alias=plain", "info alias=bad["]})
        done = self.succeeds(tree.depmod(),
                             WARNING + "Module 'a': alias 'gr\\xc3\\xbcn' skipped: it is not ASCII\n" +
                             WARNING + "Module 'a': alias 'bad[' skipped: Unmatched bracket\n")
        self.assertEqual(done.text("modules.alias"), NOTHING["modules.alias"] + "alias plain a\n")

    def test_names_a_directory_that_cannot_be_written(self):
        tree = self.tree(self.GOOD)
        tree.directory.chmod(0o555)
        done = tree.depmod(before=without_file_capabilities())
        reference = tree.depmod(tool="kmod", before=without_file_capabilities())
        tree.directory.chmod(0o755)
        self.assertEqual((done.status, done.files), (1, {}))
        self.assertRegex(done.err, rf"^depmod: FATAL: .*@ROOT@/{MODULES}\b.*: Permission denied\n$")
        self.assertEqual(reference.status, 0)

    def test_a_failed_write_leaves_the_old_set_and_no_temporary(self):
        tree = self.tree(self.GOOD)
        self.succeeds(tree.depmod())
        tree.module("kernel/new.ko", *(f"info alias=new:{i:04}*" for i in range(1000)))
        tree.make()
        before = snapshot(tree.root)
        done = tree.depmod(before=limited(8192))
        self.assertEqual(done.status, 1)
        self.assertRegex(done.err, rf"^depmod: FATAL: .*@ROOT@/{MODULES}/\S+: File too large\n$")
        self.assertEqual(snapshot(tree.root), before)
        self.assertIn("kernel/new.ko", self.succeeds(tree.depmod()).dep)

    def test_leaves_files_untouched_that_would_not_change(self):
        tree = self.tree(self.GOOD)
        self.succeeds(tree.depmod())
        for name in DATABASES:
            os.utime(tree.path(name), (1000, 1000))
        tree.module("kernel/user.ko", "need fn", "info softdep=pre: owner")
        self.succeeds(tree.depmod())
        changed = [name for name in DATABASES if tree.path(name).stat().st_mtime != 1000]
        self.assertEqual(changed, ["modules.softdep"])
        inodes = {name: tree.path(name).stat().st_ino for name in DATABASES}
        self.succeeds(tree.depmod())
        self.assertEqual({name: tree.path(name).stat().st_ino for name in DATABASES}, inodes)

    def test_syncs_files_before_renaming_them(self):
        tree = self.tree(self.GOOD)
        calls = system_calls(tree, "rename,renameat,renameat2,fsync,fdatasync,syncfs")
        renames = [i for i, call in enumerate(calls) if call.startswith("rename")]
        syncs = [i for i, call in enumerate(calls) if "sync" in call]
        self.assertGreaterEqual(len(renames), len(DATABASES))
        self.assertGreaterEqual(len([i for i in syncs if i < renames[0]]), 1)
        self.assertGreater(syncs[-1], renames[-1], "the directory is synced last")
        tree.clean()
        calls = system_calls(tree, "fsync,fdatasync,syncfs,sync", "--no-sync")
        self.assertEqual([call for call in calls if "sync" in call], [])
        self.assertEqual(set(databases(tree.directory)), set(DATABASES))

    def test_concurrent_runs_leave_the_files_of_one_run(self):
        tree = self.tree({f"{place}/m{i:02}.ko": [f"info alias={place}:{i}", f"export {place}_{i}"]
                          for place in ("kernel", "updates") for i in range(50)})
        sets = []
        for text in ("search updates built-in\n", "search built-in updates\n"):
            tree.config(text)
            (tree.root / f"{len(sets)}.conf").write_text(text)
            tree.clean()
            sets.append(self.succeeds(tree.depmod()).files)
        self.assertNotEqual(sets[0], sets[1])
        for _ in range(5):
            runs = [subprocess.Popen([TOOLS["kmodpp"], "--no-sync", "-b", tree.root, "-C",
                                      tree.root / f"{i % 2}.conf", RELEASE], stderr=subprocess.PIPE)
                    for i in range(8)]
            for process in runs:
                self.assertEqual((process.communicate()[1], process.returncode), (b"", 0))
            self.assertIn(databases(tree.directory), sets)

    def test_a_second_run_waits_for_the_first(self):
        tree = self.tree(self.GOOD)
        tree.make()
        with locked(tree.directory):
            process = subprocess.Popen([TOOLS["kmodpp"], "-b", tree.root, "-C", tree.conf, RELEASE])
            waits = re.compile(rf"-> FLOCK +ADVISORY +WRITE {process.pid} ")
            deadline = time.monotonic() + 60
            while not waits.search(pathlib.Path("/proc/locks").read_text()):
                self.assertIsNone(process.poll(), "it did not wait")
                self.assertLess(time.monotonic(), deadline, "it did not try to lock the directory")
                time.sleep(0.01)
            self.assertEqual(databases(tree.directory), {})
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(set(databases(tree.directory)), set(DATABASES))
        self.assertFalse((tree.directory / LOCK).exists())

    def test_a_lock_on_the_directory_does_not_block_depmod(self):
        tree = self.tree(self.GOOD)
        tree.make()
        tree.root.chmod(0o755)
        holder = subprocess.Popen([*unprivileged(), sys.executable, "-c", textwrap.dedent("""
            import fcntl, os, sys
            fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)
            print("held", flush=True)
            sys.stdin.read()"""), tree.directory],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.assertEqual(holder.stdout.readline(), "held\n")
        self.succeeds(tree.depmod())
        self.assertIsNone(holder.poll())
        holder.communicate()
        self.assertEqual(set(databases(tree.directory)), set(DATABASES))
        self.assertFalse((tree.directory / LOCK).exists())

    def test_refuses_other_files_under_the_name_of_the_lock(self):
        tree = self.tree(self.GOOD)
        tree.make()
        file = tree.directory / LOCK
        for make, why in (
                (lambda: file.symlink_to("/etc/passwd"), "is a symbolic link"),
                (lambda: os.mkfifo(file, 0o600), "is not a regular file"),
                (lambda: file.touch(0o644), "is accessible to other users"),
                (lambda: (file.touch(0o600), os.chown(file, 65534, 65534)), "is owned by user 65534")):
            if why.startswith("belongs") and os.geteuid() != 0:
                continue
            make()
            done = tree.depmod()
            self.assertEqual((done.status, done.err), (1, f"depmod: FATAL: cannot lock @ROOT@/{MODULES}: {LOCK} {why}; "
                             "remove it if no depmod is running there\n"))
            self.assertEqual(databases(tree.directory), {})
            # A run that writes nothing needs no lock.
            self.assertEqual(tree.depmod("-n").status, 0)
            file.unlink()
        # The lock file of a killed process.
        file.touch(0o600)
        self.succeeds(tree.depmod())
        self.assertFalse(file.exists())

    def test_a_dry_run_takes_no_lock(self):
        tree = self.tree(self.GOOD)
        tree.make()
        with locked(tree.directory):
            before = tree.directory.stat().st_mtime_ns
            self.assertEqual(tree.depmod("-n").status, 0)
            self.assertEqual(tree.directory.stat().st_mtime_ns, before)


class RandomTrees(Contract):
    # Messages that both tools print with different words or priorities.
    OWN_WORDS = re.compile("failed to load symbols|lacks major and minor")

    def test_both_tools_write_the_same_databases(self):
        modules = dependencies = 0
        for seed in range(60):
            with self.subTest(seed):
                tree, options = random_tree(random.Random(seed))
                self.addCleanup(shutil.rmtree, tree.root)
                done = self.alike(tree, *options, ignored=self.OWN_WORDS)
                modules += done.dep.count("\n")
                dependencies += sum(len(line.split()) - 1 for line in done.dep.splitlines())
        self.assertGreater(modules, 400)
        self.assertGreater(dependencies, 300)


def cycle_messages(cycles, count):
    return ("".join(ERROR + f"Cycle detected: {cycle}\n" for cycle in cycles) +
            ERROR + f"Found {count} modules in dependency cycles!\n")


def snapshot(root):
    """Returns the status of every path under a root, as far as a write would change it."""
    found = {}
    for directory, names, files in os.walk(root):
        for name in names + files:
            path = os.path.join(directory, name)
            status = os.lstat(path)
            kept = (status.st_mode, status.st_ino, status.st_size)
            found[path] = kept if name in names else (*kept, status.st_mtime_ns)
    return found


def unprivileged():
    """A command prefix that drops root's privileges and runs as another user."""
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []


def without_file_capabilities():
    """A command prefix that drops root's capability to access files regardless of their modes."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def limited(size):
    """A command prefix that limits the size of files; exceeding it is an error and no signal."""
    return [sys.executable, "-c",
            "import os, resource, signal, sys\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
            "os.execv(sys.argv[1], sys.argv[1:])"]


def traced(tree, *arguments):
    """Returns the outcome of a run, and the paths of the files that it opened for reading or writing."""
    log = tree.root / "trace"
    done = tree.depmod(*arguments, before=["strace", "-f", "-y", "-o", log,
                                           "-e", "trace=open,openat,openat2,creat,execve"])
    calls = [line for line in log.read_text().splitlines() if "O_PATH" not in line]
    log.unlink()
    return done, re.findall(r" = \d+<(/[^>]*)>", "\n".join(calls))


def system_calls(tree, names, *arguments):
    """Returns the successful calls with these names, in order."""
    log = tree.root / "trace"
    done = tree.depmod(*arguments, before=["strace", "-f", "-o", log, "-e", "trace=" + names])
    if done.status != 0:
        raise RuntimeError(done.err)
    lines = [line.split(None, 1)[1] for line in log.read_text().splitlines()]
    log.unlink()
    return [line for line in lines if line.endswith("= 0")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, help="directory of the built tools")
    parser.add_argument("--mkmodule", required=True, help="the built mkmodule")
    options, rest = parser.parse_known_args()
    TOOLS["kmodpp"] = str(pathlib.Path(options.tools, "depmod").resolve())
    TOOLS["mkmodule"] = str(pathlib.Path(options.mkmodule).resolve())
    for program in (TOOLS["kmod"], "strace", "setpriv"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: install Debian's kmod, strace and util-linux")
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()

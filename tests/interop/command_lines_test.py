# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs command lines with our tools and Debian's, on a whole kernel and on test configurations: stdout,
stderr and exit status must be identical. No command line needs privileges or changes the running
kernel."""

import pathlib
import re
import subprocess
import sys

from lib.comparison import first_difference
from lib.harness import Test, module_name

# {file: text} for each configuration {conf}/NAME. {plain} and {other} have no dependencies, {deep} has
# some, {soft} has soft dependencies; none is loaded in the running kernel.
CONFIGURATIONS = {
    "verbs": {
        "a.conf": """# comment
alias my-al[a-b]* {deep}
alias pci:v*x-y z-z
alias two {deep}
alias two {plain}
alias to-builtin {builtin}
options foo-bar a=1   b=2
options foo-bar\tc=3\td="x y"
options {plain} first=8
options two opt=two
install foo-bar /bin/true --x-y $CMDLINE_OPTS
install {blocked} /bin/false
install no-module /bin/true
remove foo-bar /bin/false
remove {plain} /bin/echo removing
blacklist evil-mod
blacklist {listed}
softdep {other} pre: {plain} no-such post: {listed}
softdep zed2 pre: a
softdep zed3 post: a-b c
softdep zed4 x y
""",
    },
    "lines": {
        "b.conf": "blacklist joined\\\n-up\noptions {plain} \\\n  p=1 \\\n  q=2\n"
                  "install {blocked} \\\n  /bin/true\n\n \t\nblacklist last-without-newline",
    },
    "errors": {
        "bad.conf": "bogus line\nalias\nalias one\noptions loop\noptions\ninstall loop\nremove\n"
                    "blacklist\nsoftdep loop\nalias a[b c\nalias a]b c\nBlacklist x\n"
                    "include /etc/x\nconfig yes\nblacklist after-all\n",
    },
    "order": {
        "20-late.conf": "options {plain} late=1\ninstall {other} second\n",
        "10-early.conf": "options {plain} early=1\ninstall {other} first\nsoftdep {deep} pre: {plain}\n",
        "30.conf.disabled": "options {plain} never=1\n",
        "README": "options {plain} readme=1\n",
        ".hidden.conf": "options {plain} never=1\n",
    },
    "same-name": {
        "10-early.conf": "options {plain} same-name=1\n",
    },
    "loops": {
        "a.conf": "softdep {plain} pre: {other}\nsoftdep {other} pre: {plain}\n",
    },
    "wild": {
        "c.conf": "install virtual-* /bin/true wild\nremove virtual-* /bin/true wild\n"
                  "alias net-* {plain}\nalias [ab]-x {other}\nalias q?estion {listed}\n",
    },
    "nothing": {"a.conf": "alias dangling no-such-module\ninstall only-a-command /bin/true\n"},
    "empty": {},
}

# '|' separates command lines; double quotes group words.
NAMES = """
{plain}|{deep}|{deep} {deep}|{plain} p=1|{plain} p=1 "q=a b"|{plain} "p=a b" q|{soft}|{other}|
{deep-alias}|symbol:{exported}|symbol:nothing|no-such-module|NO_SUCH|ext4.ko|../ext4|sub/ext4|
ext4*|snd-[p]cm|snd-[pcm|snd-pcm]|""|" "|-- {deep}|{builtin}|{builtin-dash}|/no/such/file.ko|
./no-such.ko|acpi:PNP0C0A:|of:NnoneTnoneCnone
"""
MORE_NAMES = """
ext4|btrfs|i915|kvm-intel|crc32c|crypto-crc32c|net-pf-16-proto-16|intel_pmc_core|snd_pcm|vfio|
pci:v00008086d000010D3sv00000000sd00000000bc02sc00i00|usb:v0781p5567d0100dc00|iptable_nat|
platform:leds-gpio|nf_log_syslog
"""
QUERIES = """
-D|-D -i|-D -b|-D -q|-n -v|-n|-n -v -i|-n -v --first-time|--show-depends|-n -v --use-blacklist|-R|-R -q
"""
MODPROBE = """
{at} -R {deep} {plain} {other}|{at} -R {deep} no-such {plain}|{at} -R -q no-such {plain}|
{at} -R -a {deep} {plain}|{at} -q -a -R no-such {plain} nor-this|{at} -a -R no-such {plain}|
{at} -a -D {deep} {plain}|{at} -a -n -v {plain} no-such {other}|{at} -a -D no-such also-none|
{at} -a -q -D no-such {plain}|{at} -a -n -v -b {plain} {other}|{at} -n -v --all {plain} {other} p=3|
{at} -n {plain} {other}|{at} -D -a -i {plain} {deep}|{at} --resolve-alias crc32c|
{at} -n -v --show {plain}|{at} --dry-run --verbose {plain}|{at} --show-dep {plain}|
{at} --resolve {plain}|{at} -r -n -v {plain}|{at} -r -n {plain} {deep}|{at} -r -n -v no-such-module|
{at} -r -n no-such nor-this|{at} -r -n -a no-such nor-this|{at} -r -n -v -a {plain} {other}|
{at} -r -n -q no-such-module|{at} -r -n -v {builtin}|{at} -r -n -w 100 {plain}|{at} -r -n -w x {plain}|
{at} -r -n -w "" {plain}|{at} -r -n -w 5x {plain}|{at} -r|{at}||-a|-n|-D|-R|-r|-q|-v|{at} -q|{at} -D -q|
-d {root} -S no-such -D {deep}|-d {root} -S no-such -R {deep}|-d {root} -S no-such -n {deep}|
-d {root} -S no-such -q {deep}|-d {root} -S no-such -c|-d {root} -S "" -D {deep}|
-d {root}/lib/.. -S {release} -D {plain}|-d {relative} -S {release} -D {plain}|
-d "" -S {release} -D {plain}|-D no-such|-R no-such|-n no-such|-n -v no-such|no-such|-q no-such|
{at} --no-such-option|{at} -Z|{at} -D -Z {deep}|{at} --show-depends=x {deep}|{at} -S|-d|-C|--config|-w|
--dirname|--set-version|{at} --show-d {plain}|{at} --re {plain}|{at} --f {plain}|{at} -nv {plain}|
{at} -C /no/such/file -D {plain}|{at} --config=/no/such -D {plain}|{at} --config no-config -D {plain}|
{at} -C {conf}/verbs/a.conf -D {plain}|{at} -C {conf}/order/README -D {plain}|
{at} -C {conf}/order -C {conf}/verbs -D {plain}|{at} -C {conf}/verbs -C {conf}/order -D {plain}|
{at} -C {conf}/order -C {conf}/same-name -D {plain}|{at} -C {conf}/same-name -C {conf}/order -D {plain}|
{at} -C {conf}/order -C /no/such -D {plain}|{at} -C {conf}/order/20-late.conf -D {plain}|
{at} -C {conf}/order/20-late.conf -C {conf}/order/10-early.conf -D {plain}|
{at} -C conf/order -D {plain}|{at} -C {conf}/order/ -D {plain}|
{at} -s no-such-module|{at} -s -q no-such-module|{at} -s -D {plain}|{at} -v -q -n {plain}|
{at} -c|{at} --showconfig|{at} --show-config {deep}|{at} -c -n no-such|{at} -c -a a b|
{at} --dump-modversions {file}|{at} --show-modversions {file}|{at} --show-exports {file}|
{at} --show-exports {exporting}|{at} --dump-modversions {exporting}|--dump-modversions|
{at} --show-exports|{at} --dump-modversions /no/such.ko|{at} --show-exports no-such|
{at} --dump-modversions {exporting} {file}|{at} --dump-modversions --show-exports {exporting}|
{at} -r --dump-modversions {exporting}|{at} -c --dump-modversions {exporting}|
{at} -q --show-exports {file}|{at} --show-exports {packed}|{at} --dump-modversions {packed}
"""
CONFIGURED_NAMES = """
{plain}|two|foo-bar|foo_bar x=1 y="a b"|{blocked}|no-module|evil-mod|{listed}|{listed-alias}|
my-alb-c|my-alc|to-builtin|{deep}|{other}|net-x|a-x|question|joined-up|zed3|virtual-1|virtual
"""
CONFIGURED_QUERIES = "-D|-R|-n -v|-D -b|-n -v -b|-D -i|-r -n -v"
EACH_CONFIGURATION = "-c|-D {plain}|-D {other}|-R net-x|-n -v {plain}|-n -v -i {plain}|-R dangling"
MODINFO = """
{at} ext4|{at} ext4 loop|{at} {file}|{file} {exporting}|{at} {builtin}|{at} crc32c|{at} snd-pcm|
{at} -m ext4|{at} -m crc32c|{at} -m {file}|{at} --modname {builtin}|{at} -F license ext4|
{at} -F license ext4 loop|{at} -F none ext4|{at} -F filename ext4|{at} -F name {builtin}|
{at} -F name ext4|{at} -F parm loop|{at} -F depends {file}|{at} -F softdep ext4|
{at} -F license {builtin}|{at} -F sig_id {file}|{at} -F signer {file}|{at} -F signature {file}|
{at} --field=alias e1000e|{at} -p loop|{at} -p {builtin}|{at} -a ext4|{at} -d ext4|
{at} -l ext4|{at} -n ext4|{at} -n {builtin}|{at} -0 ext4|{at} -0 -p loop|{at} --null -F alias ext4|
{at} -0 {builtin}|{at} -a -d ext4|{at} -F license -a ext4|{at} no-such|{at} no-such ext4|
{at} ext4 no-such|{at} {file} no-such|{at} -m no-such|{at} /no/such.ko|{at} no-such.ko|{at} {text}|
{at} ""|{at} symbol:jbd2_journal_start|-b {root} -k no-such ext4|-b {root} -k no-such {file}|
no-such|{at} -F|{at} -Z ext4|{at} --no-such ext4|{at}||-F license|{at} {directory}|{at} -- ext4|
{at} ext4 -n|{at} pci:v00008086d000010D3sv00000000sd00000000bc02sc00i00|{at} {relative-file}|
{at} ./no-such.ko|-k {kernel-file} ext4|{at} --fie license ext4|{at} platform:leds-gpio|
{at} --set-version {release} loop|{packed}|-F vermagic {packed}
"""
INSMOD = "{directory}|{text}|-v|--force|-s /no/such.ko|-p /no/such.ko|\"\"||/no/such.ko|no-such.ko|-Z|--no-such|/no/such.ko a=1 b"
RMMOD = "./no-such.ko|/no/such.ko|\"\"|-w x||no-such|no-such also-none|no_such-module|{file}|-f|-v no-such|-s no-such|-Z x|--no-such x|--force|-v"
LSMOD = "x|-x|--no-such|-v x"
# The reference prints symbols in hash order, so these are compared sorted.
DEPMOD = """
-Z|--no-such|-b|-C|-n -b {small} {release}|-n -b {small} -a {release}|-n -b {small} -e {release}|
-n -b {small} -w {release}|-n -b {small} -C {conf}/empty {release}|-n -b {small} -C /no/such {release}|
-n -b {small} -e -F {system-map} {release}|-n -b {small} -e -E {symvers} {release}|-n -b {small} no-such|
-n -b {small} 1.2|-n -b {small} -A {release}|-n -b {small} -v {release}|-n -b {small} {release} x|
-n -b {small} -F /no/such {release}
"""

# Deliberate differences: (tool, pattern of the whole command line, reason). A row whose lines do not
# differ fails the test.
DIFFERENCES = [
    ("modprobe", ".* (-n -v|-n -v --first-time|-n -v --use-blacklist) {soft}",
     "a module that two others need is shown once"),
    ("modprobe", ".* -D btrfs", "all softdep lines of a module count, not the first alone"),
    ("modprobe", ".* -n -v (-b )?({listed}|{listed-alias}|question)", "-v tells what the blacklist keeps away"),
    ("modprobe", "(?!.* -v)(?!.* -q).* -n .*", "a dry run prints without -v, as later releases do"),
    ("modprobe", ".* --re .*", "the reference has no --require-signature"),
    ("modprobe", '.*-[dS] "" .*', "an empty argument is an error"),
    ("insmod", "{directory}|\"\"", "the message says that it is not a file"),
    ("insmod", "{text}", "the reason of a refusal follows the line that scripts read"),
    ("insmod", "-v|--force|-s .*", "options that later releases of kmod have"),
    ("rmmod", "./no-such.ko|/no/such.ko|\"\"", "a path is taken apart; no names of source lines"),
    ("rmmod", "-w x", "an option that was removed is an invalid one"),
    ("lsmod", ".*", "an invalid option or operand is named"),
    ("depmod", "-n .* -A .*", "-A with nothing there does the work"),
    ("depmod", "-n .* (1.2|-F /no/such .*)", "another message for a missing file"),
    ("depmod", "-n .* x", "an operand is a file if it has a suffix or a slash"),
]

# Messages in other words are normalised: (tool, pattern, replacement, reason).
REWORDED = [
    ("modprobe|modinfo", r"^libkmod: ERROR \S+ kmod_config_parse: ", r"{tool}: WARNING: ",
     "no names of source files and lines"),
    ("modprobe", r"^(modprobe: WARNING: \S+) line \d+: command (?=\w+ is deprecated)", r"\1: command ",
     "every message names its line"),
    ("modprobe", r"^modprobe: \w+: \S+/modules\.dep\.bin does not exist\n"
                 r"modprobe: NOTICE: run 'depmod [^']*' to create it\n", "", "the advice is ours"),
    ("modprobe", r"^modprobe: \w+: \S+ does not exist: .*\nmodprobe: NOTICE: .*\n", "",
     "the advice is ours"),
    ("modinfo", r"build-id(=|: +)[0-9A-F:]+[\n\0]", "", "later releases of kmod report it"),
    ("modprobe", r"(could not get (?:symbols|versions|modversions) of .*): No data available$",
     r"\1: No such file or directory", "a missing section is ENODATA, as in later releases"),
    ("modprobe", r"^modprobe: \w+: the nearest name is '\S+'\n", "", "the advice is ours"),
    ("modprobe", r"^(softdep \S+ pre:.*[^ ])(?=post: )", r"\1 ", "softdep lines are well formed"),
    ("depmod", r"^# Weak dependencies extracted from modules themselves\.\n", "", "weakdep came later"),
]
AT = "-d {root} -S {release}"
AT_MODINFO = "-b {root} -k {release}"
# Candidates for modules that the running kernel neither has loaded nor needs.
PLAIN = "nbd loop ifb dummy pcspkr floppy usbserial softdog 8021q parport configfs brd rfkill".split()
DEEP = "ext4 btrfs xfs cifs nfsd i915 b43 snd-hda-intel".split()
SOFT = "r8169 act_mpls xt_LOG mpls_iptunnel snd_sof_intel_hda uhci-hcd vfio".split()


def lines(text):
    return [line.strip() for line in text.replace("\n", "").split("|")]


def words(line):
    """Splits words at blanks; double quotes group and are removed."""
    return [word.replace('"', "") for word in re.findall(r'(?:[^ "]|"[^"]*")+', line)]


def command_lines():
    """All pairs (tool, command line)."""
    for query in lines(QUERIES):
        for name in lines(NAMES):
            yield "modprobe", f"{AT} -C {{conf}}/empty {query} {name}"
    for name in lines(MORE_NAMES):
        for query in ("-D", "-R"):
            yield "modprobe", f"{AT} -C {{conf}}/empty {query} {name}"
    for query in lines(CONFIGURED_QUERIES):
        for name in lines(CONFIGURED_NAMES):
            yield "modprobe", f"{AT} -C {{conf}}/verbs -C {{conf}}/lines -C {{conf}}/wild {query} {name}"
    for name in CONFIGURATIONS:
        for query in lines(EACH_CONFIGURATION):
            yield "modprobe", f"{AT} -C {{conf}}/{name} {query}"
    for tool, text, at in (("modprobe", MODPROBE, AT), ("modinfo", MODINFO, AT_MODINFO),
                           ("insmod", INSMOD, ""), ("rmmod", RMMOD, ""), ("lsmod", LSMOD, ""),
                           ("depmod", DEPMOD, "")):
        for line in lines(text):
            yield tool, line.replace("{at}", at)


class FreeModules:
    """Chooses modules that the running kernel neither has loaded nor needs: -n and -r depend on its
    state."""

    def __init__(self, directory):
        taken = {path.name for path in pathlib.Path("/sys/module").iterdir()}
        self.needs, self.beside = {}, {}
        for line in (directory / "modules.dep").read_text().splitlines():
            path, _, rest = line.partition(":")
            self.needs[module_name(path)] = [module_name(other) for other in rest.split()]
        for line in (directory / "modules.softdep").read_text().splitlines()[1:]:
            name, *others = [word.replace("-", "_") for word in line.split()[1:] if word[-1] != ":"]
            self.beside[name] = others
        self.free = self.needs.keys() - taken

    def has(self, name):
        """Whether neither the module nor its dependencies are loaded."""
        beside = self.beside.get(name, [])
        return {name, *beside, *(need for one in (name, *beside) for need in self.needs.get(one, ()))} <= self.free

    def choose(self, candidates, *, deep, soft):
        return [name for name in candidates for plain in [name.replace("-", "_")]
                if self.has(plain) and bool(self.needs[plain]) == deep and (plain in self.beside) == soft]


class Places:
    """Creates the files that the command lines refer to, and replaces their placeholders."""

    def __init__(self, test):
        root = test.copy_tree("tree")
        test.depmod("/sbin/depmod", root)
        directory = test.directory(root)
        files = {module_name(path): directory / path for path in test.module_files()}
        builtin = [module_name(line) for line in (directory / "modules.builtin").read_text().split()]
        text = test.scratch / "text"
        text.write_text("no module\n" * 20)
        packed = test.scratch / "jbd2.ko.xz"
        packed.write_bytes(subprocess.run(["xz", "-c", files["jbd2"]], check=True, capture_output=True).stdout)
        self.directory = test.scratch
        modules = FreeModules(directory)
        plain = modules.choose(PLAIN, deep=False, soft=False)
        symbols = test.scratch / "System.map"
        symbols.write_text("ffffffff81000000 T __crc__printk\nffffffff81000000 T __ksymtab__printk\n")
        symvers = test.scratch / "Module.symvers"
        symvers.write_text("0x12345678\t_printk\tvmlinux\tEXPORT_SYMBOL\t\n")
        small = [str(files[name].relative_to(directory)) for name in ("ext4", "jbd2", "mbcache", "crc16", "loop")]
        self.values = {
            **dict(zip(("plain", "other", "listed", "blocked"), plain)),
            "deep": modules.choose(DEEP, deep=True, soft=False)[0],
            "soft": modules.choose(SOFT, deep=True, soft=True)[0],
            "root": root, "release": test.release, "conf": test.scratch / "conf", "text": text,
            "directory": test.scratch, "small": test.copy_tree("small", small), "packed": packed,
            "system-map": symbols, "symvers": symvers,
            "relative": root.relative_to(test.scratch), "file": files["ext4"], "exporting": files["jbd2"],
            "relative-file": files["loop"].relative_to(test.scratch),
            "kernel-file": directory / "modules.order", "builtin": builtin[0],
            "builtin-dash": next(name for name in builtin if "_" in name).replace("_", "-"),
        }
        aliases, symbols = ((directory / f"modules.{name}").read_text() for name in ("alias", "symbols"))
        for kind in ("deep", "listed"):
            name = self.values[kind].replace("-", "_")
            self.values[kind + "-alias"] = re.search(rf"^alias (\S+) {name}$", aliases, re.M)[1].replace("*", "0")
        self.values["exported"] = next(
            symbol for symbol, name in re.findall(r"^alias symbol:(\S+) (\S+)$", symbols, re.M) if modules.has(name))
        for name, texts in CONFIGURATIONS.items():
            (test.scratch / "conf" / name).mkdir(parents=True)
            for file, contents in texts.items():
                (test.scratch / "conf" / name / file).write_text(self.fill(contents))

    def fill(self, line):
        return re.sub(r"\{([\w-]+)\}", lambda match: str(self.values[match[1]]), line)


def run_tool(program, tool, arguments, directory):
    done = subprocess.run([tool, *arguments], executable=program, cwd=directory, capture_output=True,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
                          stdin=subprocess.DEVNULL, timeout=120)
    if tool == "depmod":
        done.stdout = b"\n".join(sorted(done.stdout.split(b"\n")))
    return {"stdout": reworded(tool, done.stdout), "stderr": reworded(tool, done.stderr),
            "exit status": b"%d" % done.returncode}


def reworded(tool, text):
    text = text.decode(errors="surrogateescape")
    for tools, pattern, replacement, _ in REWORDED:
        if re.fullmatch(tools, tool):
            text = re.sub(pattern, replacement.replace("{tool}", tool), text, flags=re.M)
    return text.encode(errors="surrogateescape")


def main():
    with Test(__doc__) as test:
        places = Places(test)
        used = set()
        for tool, line in dict.fromkeys(command_lines()):
            arguments = words(places.fill(line))
            ours = run_tool(test.ours(tool), tool, arguments, places.directory)
            theirs = run_tool(f"/sbin/{tool}", tool, arguments, places.directory)
            row = next((row for row in DIFFERENCES if row[0] == tool and re.fullmatch(row[1], line)), None)
            if row is not None:
                used |= {row} if ours != theirs else set()
                test.count("command lines that differ on purpose")
                continue
            test.count(f"command lines of {tool}")
            for stream, text in ours.items():
                if text != theirs[stream]:
                    test.differ(f"{stream} of {tool} {line}\n{first_difference(text, theirs[stream])}")
        for row in DIFFERENCES:
            if row not in used:
                test.differ(f"no difference for this row: {row}")


if __name__ == "__main__":
    sys.exit(main())

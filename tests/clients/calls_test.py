# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes every call of calls_table.py in a Debian system with two sets of tools, ours and Debian's
kmod: the output must be identical, and the client must read the expected values from it."""

import os
import sys

from calls_table import CONFIGURED, ELSEWHERE, LOADED, TABLE
from lib.comparison import without_additions
from lib.debian import Clients, command, options

WORK = "/tmp/call"
SIMULATED = "/simulated"
# Files for an image: some modules, and the lists that depmod reads.
PRELUDE = """set -o pipefail
V={release}
M=/lib/modules/$V
D={databases}
image() {{ cp -r --reflink=auto /tmp/image image; }}
rm -rf {work}; mkdir -p {work}; cd {work}
"""
IMAGE = """set -e
M=lib/modules/{release}
mkdir -p /tmp/image/$M
cd /$M
cp --parents -r kernel/fs/{{btrfs,ext4,jbd2,nls,isofs,udf}} kernel/fs/mbcache.ko kernel/lib kernel/crypto \
    kernel/drivers/cdrom modules.order modules.builtin modules.builtin.modinfo /tmp/image/$M
"""
TEXTS = ("modules.dep", "modules.alias", "modules.softdep", "modules.devname")


class Calls:
    def __init__(self, clients):
        self.clients = clients
        self.views = {"kmod": clients.view("kmod", "kmod"),
                      "kmodpp": clients.view("kmodpp", "separate")}
        for view in self.views.values():
            self.prepare(view)
        self.share_kernel()

    def prepare(self, view):
        for name, text in CONFIGURED.items():
            path = view.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("@V@", self.clients.release))
        view.must("/bin/bash", "-c", IMAGE.format(release=self.clients.release))
        view.must("depmod", self.clients.release)

    def share_kernel(self):
        """Makes the state of a kernel with the simulated one; Debian's tools read the same files."""
        ours, theirs = self.views["kmodpp"], self.views["kmod"]
        # Another path of the same root, because --simulate / is refused.
        ours.path(SIMULATED).mkdir()
        command("mount", "--rbind", ours.root, ours.path(SIMULATED))
        ours.must("modprobe", "--simulate", SIMULATED, "-a", *LOADED)
        ours.must("sh", "-c", "mkdir /tmp/state && cp -a /proc/modules /sys/module /tmp/state")
        packed = ours.must("tar", "-C", "/", "-c", "proc/modules", "sys/module").stdout
        theirs.must("tar", "-C", "/", "-x", stdin=packed)

    def make(self, row, view):
        """Returns (stdout, stderr and status as one text, the values that the client reads)."""
        prelude = PRELUDE.format(release=self.clients.release, work=WORK,
                                 databases=self.directory(row))
        if row.setup:
            view.must("/bin/bash", "-c", f"{prelude}{row.setup}")
            prelude = prelude.replace(f"rm -rf {WORK}; mkdir -p {WORK}; ", "")
        done = view.run("/bin/bash", "-c", prelude + row.call)
        done.stdout, done.stderr = without_additions(done.stdout), without_additions(done.stderr)
        if isinstance(row.parser, str):
            read = view.run("/bin/bash", "-c", f"D={self.directory(row)}\ncd {WORK}\n{row.parser}",
                            stdin=done.stdout).stdout.decode()
        else:
            read = row.parser(done.stdout.decode())
        if isinstance(read, str):
            read = (row.but or str)(normal(read))
        if row.alone:
            view.must("sh", "-c", "rm -rf /proc/modules /sys/module && "
                      "cp -a /tmp/state/modules /proc && cp -a /tmp/state/module /sys")
        out, err = (normal(text.decode(errors="backslashreplace"))
                    for text in (done.stdout, done.stderr))
        if row.but:
            out, err = row.but(out), row.but(err)
        return f"{out}\nstderr:\n{err}\nexit {done.returncode}", done.returncode, read

    def directory(self, row):
        below = f"lib/modules/{self.clients.release}"
        return f"{row.databases}/{below}" if row.databases != "/" else "/" + below

    def databases(self, row, view):
        """Returns {name: contents}. The order of modules.symbols is not significant."""
        where = view.path(f"{WORK}/{self.directory(row)}" if row.databases != "/"
                          else self.directory(row))
        found = {name: (where / name).read_text() for name in TEXTS}
        found["modules.symbols"] = "\n".join(sorted((where / "modules.symbols").read_text().split("\n")))
        # This version of the reference does not write weak dependencies.
        found["names"] = "\n".join(sorted(path.name for path in where.glob("modules.*")
                                          if path.name != "modules.weakdep"))
        return found

    def check(self, row):
        clients, label = self.clients, f"{row.client}: {row.call}"
        answer, status, read = self.make(row, self.views["kmodpp"])
        clients.count("calls")
        clients.compare("exit statuses", str(status), str(row.status), f"{label}\n{answer[-600:]}")
        expect = row.expect
        if isinstance(expect, str):
            expect = expect.replace("@V@", clients.release).replace("@RUNNING@", os.uname().release)
            clients.compare("values as the client reads them", read, expect, label)
        else:
            clients.count("values as the client reads them")
            if not right(expect, read):
                clients.differ(f"{label}\n  the client reads {str(read)[:600]!r}")
        if row.alone:
            return
        theirs, _, read_theirs = self.make(row, self.views["kmod"])
        clients.compare("results compared with Debian's", answer, theirs, label)
        clients.compare("values compared with Debian's", str(read), str(read_theirs), label)
        if row.databases:
            ours = self.databases(row, self.views["kmodpp"])
            for name, text in self.databases(row, self.views["kmod"]).items():
                clients.compare("databases compared with Debian's", ours[name], text, f"{label}: {name}")


def normal(text):
    """Normalises paths: with `-b /` those of Debian's kmod begin with two slashes, ours contain the
    full root."""
    return text.replace("//lib/", "/lib/").replace(WORK + "/", "")


def right(expect, read):
    try:
        return bool(expect(read))
    except (ValueError, KeyError, IndexError):
        return False


def main():
    parsed = options(__doc__, lambda parser: parser.add_argument(
        "--only", default="", help="only calls that contain this text"))
    with Clients(parsed) as clients:
        calls = Calls(clients)
        for row in TABLE:
            if parsed.only in row.call or parsed.only in row.client:
                calls.check(row)
        for client, reason in ELSEWHERE.items():
            print(f"not here: {client}: {reason}")


if __name__ == "__main__":
    sys.exit(main())

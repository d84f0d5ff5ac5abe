# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks kmod compat on two Debian kernels: every module is compatible with its own kernel; on the newer
kernel, the verdict on modules of the older one agrees with the symbol versions that Debian's modprobe
prints."""

import json
import sys

from lib.counting import fail
from lib.harness import REFERENCE, Test, batches, fetch_newer_kernel, newest_release, run, run_each
from lib.scratch import link_modules

OTHER = 20  # every twentieth module of the older kernel is checked on the newer one
MODPROBE = REFERENCE["modprobe"]


def verdicts(test, root, release, files, statuses):
    """Returns {file: verdict} of kmod compat."""
    found = {}
    for batch in batches(files, 1000):
        done = run([test.ours("kmod"), "compat", "--json", "-d", root, "-k", release, *batch])
        if done.returncode not in statuses:
            fail(f"kmod compat: exit {done.returncode}: {done.stderr.decode()[:1000]}")
        found |= {one["file"]: one for one in json.loads(done.stdout)}
    if len(found) != len(files):
        fail(f"kmod compat has {len(found)} verdicts for {len(files)} files")
    return found


def versions_in(files, option):
    """Returns {file: {symbol: CRC}} as Debian's modprobe prints them."""
    printed = run_each([MODPROBE, option], map(str, files))
    return {file: {words[1]: int(words[0], 16) for words in map(str.split, output.splitlines()) if len(words) == 2}
            for file, (output, _) in printed.items()}


def changed_symbols(needs, known):
    """The symbols of a module that the newer kernel has in another version."""
    return {name for name, crc in needs.items() if known.get(name, crc) != crc}


def main():
    with Test(__doc__) as test:
        root = test.copy_tree("before")
        test.depmod(REFERENCE["depmod"], root)
        files = [test.directory(root) / path for path in test.module_files()]
        for file, verdict in verdicts(test, root, test.release, files, [0]).items():
            test.compare("modules on their own kernel", verdict.get("refusal"), None, file)

        kernel = fetch_newer_kernel().resolve()
        release = newest_release(kernel)
        newer = test.scratch / "after"
        source = kernel / "lib" / "modules" / release
        paths = sorted(str(path.relative_to(source)) for path in source.rglob("*.ko*"))
        link_modules(source, newer / "lib" / "modules" / release, paths)
        if run([REFERENCE["depmod"], "-b", newer, release]).returncode != 0:
            fail("depmod failed")
        known = {}  # the package has no Module.symvers
        newer_files = [newer / "lib" / "modules" / release / path for path in paths]
        for versions in versions_in(newer_files, "--show-modversions").values():
            known |= versions
        for versions in versions_in(newer_files, "--show-exports").values():
            known |= versions
        sample = files[::OTHER]
        needs = versions_in(sample, "--show-modversions")
        for file, verdict in verdicts(test, newer, release, sample, [0, 1]).items():
            changed = changed_symbols(needs[file], known)
            test.compare("modules on a newer kernel", verdict["compatible"], not changed, file)
            for finding in verdict.get("refusal", {}).get("findings", []):
                test.compare("causes", finding["cause"], "wrong_symbol_version", file)
                facts = finding["facts"]
                symbol = facts["symbol"][0]
                test.compare("changed symbols", symbol in changed, True, f"{file}: {symbol}")
                test.compare("CRCs of the module", int(facts["module_crc"][0], 16), needs[file].get(symbol), file)
                test.compare("CRCs of the kernel", int(facts["provider_crc"][0], 16), known.get(symbol), file)
            unknown = sorted(name for name in needs[file] if name not in known)
            test.compare("symbols without a version", verdict.get("unchecked_symbols", []), unknown, file)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares kmod devices and kmod params with /sys on a machine with many devices, and checks that kmod
devices explains four devices that lose their drivers: by a blacklist line, by a forbid line, because the
module file is removed, and by hand."""

import argparse
import json
import pathlib
import sys
import tempfile

from lib.harness import fetch_kernel
from lib.lab import Lab
from lib.many_devices import COLDPLUG, EXPECTED, attach_devices

BLACKLISTED, FORBIDDEN, REMOVED, UNBOUND = "e1000", "snd_hda_intel", "vmxnet3", "e1000e"

STEPS = [
    COLDPLUG,
    # "PATH,DRIVER,MODULE" for each device with a driver. The module may be empty.
    "for d in $(find /sys/devices -name driver -type l); do "
    "echo \"${d%/driver},$(basename \"$(readlink $d)\"),$([ -e $d/module ] && basename $(readlink -f $d/module))\"; "
    "done",
    "for f in $(find /sys/devices -name modalias -type f); do [ -n \"$(cat $f)\" ] && "
    "echo ${f%/modalias}; done; true",
    "awk '{print $1}' /proc/modules",
    "kmod devices --json",
    "kmod devices --unbound --json",
    # Devices lose their drivers. Each line prints the address of its device.
    f"cd /sys/bus/pci/drivers/{BLACKLISTED} && echo 0000:*; rmmod {BLACKLISTED} && "
    f"mkdir -p /etc/modprobe.d && echo 'blacklist {BLACKLISTED}' >/etc/modprobe.d/test.conf",
    f"cd /sys/bus/pci/drivers/{FORBIDDEN} && echo 0000:*; rmmod {FORBIDDEN} && kmod forbid {FORBIDDEN} it hangs >&2",
    f"cd /sys/bus/pci/drivers/{REMOVED} && echo 0000:*; rmmod {REMOVED} && "
    f"rm $(find /lib/modules -name '{REMOVED}.ko*')",
    f"cd /sys/bus/pci/drivers/{UNBOUND} && set -- 0000:* && echo $1 && echo $1 >unbind",
    "kmod devices --unbound --json",
    "kmod devices $(ls /sys/class/net | grep -v '^lo$') --json",
    # Every readable parameter, as "MODULE NAME VALUE".
    "cd /sys/module; for f in */parameters/*; do [ -r $f ] || continue; "
    "echo \"${f%%/*} ${f##*/} $(cat $f 2>/dev/null)\"; done; true",
    "kmod params --json 2>/dev/null",
    "echo 'options nvme-core io_timeout=0x10' >>/etc/modprobe.d/test.conf; "
    "cd /sys/module/nvme_core/parameters; echo 3 >io_timeout; kmod params --differing --json nvme_core; "
    "echo 16 >io_timeout; kmod params --differing nvme_core",
    "kmod firmware --json",
]
(_, DRIVERS_STEP, ALIASES_STEP, MODULES_STEP, DEVICES_STEP, FIRST_UNBOUND_STEP, BLACKLIST_STEP, FORBID_STEP,
 REMOVE_STEP, UNBIND_STEP, UNBOUND_STEP, NETWORK_STEP, VALUES_STEP, PARAMS_STEP, DIFFERING_STEP,
 FIRMWARE_STEP) = range(len(STEPS))


class Check:
    def __init__(self, results):
        self.results = results
        self.failures = []

    def output(self, step):
        return self.results[step][1]

    def document(self, step):
        return json.loads(self.output(step))

    def expect(self, what, found, expected):
        if found != expected:
            self.failures.append(f"{what}: {found!r}, expected {expected!r}")

    def drivers(self):
        """Every device, its driver and the module of the driver, as the links in /sys show them."""
        linked = {}
        for line in self.output(DRIVERS_STEP).splitlines():
            path, driver, module = line.split(",")
            linked[path] = (driver, module or None)
        loaded = set(self.output(MODULES_STEP).split())
        devices = {device["path"]: device for device in self.document(DEVICES_STEP)}
        for path in set(self.output(ALIASES_STEP).split()) - devices.keys():
            self.failures.append(f"{path} is not shown")
        bound = set()
        for path, device in devices.items():
            driver, module = linked.get(path, (None, None))
            self.expect(f"driver of {path}", device.get("driver"), driver)
            self.expect(f"module of {path}", device.get("driver_module"), module)
            for matching in device["modules"]:
                is_driver = matching["module"] == module and module in loaded
                self.expect(f"{matching['module']} for {path}", matching["state"] == "bound", is_driver)
                if is_driver:
                    bound.add(module)
        self.expect("modules that are not bound", {
            BLACKLISTED, REMOVED, UNBOUND, "nvme", "xhci_pci", "usb_storage", "snd_hda_intel", "virtio_net",
            "virtio_blk", "virtio_scsi", "virtio_rng", "virtio_balloon", "virtio_console", "virtio_crypto",
            "virtio_input"} - bound, set())
        unbound = {device["path"] for device in self.document(FIRST_UNBOUND_STEP)}
        self.expect("unbound devices", unbound,
                    {path for path, device in devices.items()
                     if device["on_bus"] and "driver" not in device})
        return len(devices), len(bound)

    def unbound(self):
        """The reasons for the four devices without a driver."""
        before = {device["path"] for device in self.document(FIRST_UNBOUND_STEP)}
        new = {device["address"]: device for device in self.document(UNBOUND_STEP)
               if device["path"] not in before}
        for step, name, state in ((BLACKLIST_STEP, BLACKLISTED, "blacklisted"),
                                  (FORBID_STEP, FORBIDDEN, "forbidden"),
                                  (REMOVE_STEP, REMOVED, "missing_file"),
                                  (UNBIND_STEP, UNBOUND, "not_bound")):
            address = self.output(step).split()[0]
            device = new.pop(address, None)
            if device is None:
                self.failures.append(f"{address}, the device of {name}, does not count as unbound")
                continue
            module = {one["module"]: one for one in device["modules"]}[name]
            self.expect(f"reason for {name}", module["state"], state)
            if state == "blacklisted":
                self.expect("origin", module["origin"], {"file": "/etc/modprobe.d/test.conf", "line": 1})
            if state == "forbidden":
                self.expect("text gives the reason", module["text"].endswith(" line 2: it hangs"), True)
            if state == "missing_file":
                self.expect("text names the file", f"{name}.ko" in module["text"], True)
            if state == "not_bound":
                self.expect("advice binds it", f"echo {address} >/sys/bus/pci/drivers/{name}/bind"
                            in module["advice"], True)
        # Devices below those that lost their drivers can be gone, but no others can be unbound.
        self.expect("other unbound devices", sorted(new), [])
        links = self.document(NETWORK_STEP)
        self.expect("network devices have drivers", all("driver" in one for one in links), True)

    def parameters(self):
        values = {}
        for line in self.output(VALUES_STEP).splitlines():
            words = line.split(" ", 2)
            if len(words) == 3:
                values[words[0], words[1]] = words[2]
        compared = 0
        for module in self.document(PARAMS_STEP):
            for row in module["parameters"]:
                expected = values.get((module["module"], row["name"]))
                if "value" in row and expected is not None:
                    compared += 1
                    self.expect(f"{module['module']}.{row['name']}", row["value"].strip(),
                                expected.strip())
        self.expect("parameters were compared", compared > 50, True)
        document, _, rest = self.output(DIFFERING_STEP).rpartition("]\n")
        row = json.loads(document + "]")[0]["parameters"][0]
        self.expect("differing parameter", (row["name"], row["value"], row["agreement"], row["writable"]),
                    ("io_timeout", "3", "different", True))
        self.expect("after the change", rest, "")
        return compared


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kmodpp-devices-") as directory:
        lab = Lab(options.tools, fetch_kernel(), pathlib.Path(directory))
        attach_devices(lab)
        results = lab.run(STEPS, seconds=200)
    check = Check(results)
    for step in (DEVICES_STEP, FIRST_UNBOUND_STEP, UNBOUND_STEP, PARAMS_STEP, DIFFERING_STEP, FIRMWARE_STEP):
        check.expect(f"status of '{STEPS[step]}'", results[step][2], 0)
    loaded = set(check.output(MODULES_STEP).split())
    check.expect("modules that are not loaded", EXPECTED - loaded, set())
    devices, bound = check.drivers()
    check.unbound()
    compared = check.parameters()
    check.expect("firmware directories", len(check.document(FIRMWARE_STEP)["directories"]), 4)
    if check.failures:
        sys.exit("\n".join(check.failures))
    print(f"{devices} devices, {bound} modules with bound drivers, {compared} parameters")


if __name__ == "__main__":
    main()

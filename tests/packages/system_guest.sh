#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs in the machine of system_test.py after it has booted: reports its state on the second serial
# line, one section after each "@@", performs the action of the kernel command line (test_act=), and
# ends the machine.
exec >/dev/ttyS1 2>&1 </dev/null
stty -F /dev/ttyS1 -onlcr
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C TERM=dumb DEBIAN_FRONTEND=noninteractive
act=$(sed -n 's/.*test_act=\([a-z]*\).*/\1/p' /proc/cmdline)

section() {
    echo "@@$1"
    shift
    "$@"
}

modules() { awk '{print $1}' /proc/modules | sort; }

# Buses and drivers with the number of their devices; numbers of devices change from boot to boot.
drivers() {
    for device in /sys/bus/*/devices/*; do
        [ ! -e "$device/driver" ] || echo "$device $(basename "$(readlink "$device/driver")")"
    done | sed 's|/sys/bus/||; s|/devices/[^ ]*||' | sort | uniq -c
}

# Opening a node that exists before its module is loaded makes the kernel call modprobe.
requested() {
    ls /dev/loop-control
    grep -c '^loop ' /proc/modules
    losetup -f
    grep -c '^loop ' /proc/modules
}

complaints() {
    journalctl -b --no-pager -o cat -p warning -u systemd-udevd -u systemd-modules-load \
        -u kmod-static-nodes -u systemd-tmpfiles-setup-dev
}

# Runs commands that a machine may need at any moment, in a loop while packages change.
keep_trying() {
    runs=0
    failures=0
    while [ ! -e /run/stop ]; do
        for line in "modprobe -n -v ext4" "lsmod" "udevadm --version" "modinfo -n ext4"; do
            runs=$((runs + 1))
            $line >/dev/null 2>/run/error || {
                failures=$((failures + 1))
                echo "failed: $line: $(cat /run/error)"
            }
        done
    done
    echo "tried $runs times, $failures failures"
}

while_trying() {
    rm -f /run/stop
    keep_trying >/run/tried 2>&1 &
    "$@"
    status=$?
    touch /run/stop
    wait $!
    return $status
}

tried() { cat /run/tried; }

crash() {
    sync
    echo 1 >/proc/sys/kernel/sysrq
    echo b >/proc/sysrq-trigger
}

# dpkg configures libkmodpp0.1, on which the others pre-depend, only at the end of a command.
install_libraries() {
    dpkg -i /root/kmodpp/libkmodpp0.1_*.deb && dpkg -i /root/kmodpp/libkmod2-kmodpp_*.deb
}

install_all() {
    install_libraries && dpkg -i /root/kmodpp/kmodpp_*.deb
}

# As apt does it: the package that the new one conflicts with is removed before the new one is unpacked,
# and triggers, including that of initramfs-tools, wait until the end.
remove() {
    install_libraries && dpkg --no-triggers --remove --force-depends kmod
}

udevadm settle
section state systemctl is-system-running --wait
section failed systemctl --failed --no-legend --plain
section time systemd-analyze time
section version sh -c "kmod -V 2>/dev/null || echo none"
section packages dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' '*kmod*'
section audit dpkg --audit
section modules modules
section drivers drivers
section requested requested
section complaints complaints
section links sh -c "ls -l /sbin/modprobe /bin/kmod /etc/init.d/kmod /etc/modules; ldd /bin/udevadm | grep libkmod"
section image sh -c "lsinitramfs /boot/initrd.img-$(uname -r) | grep -E 'kmod|mod(probe|info)|(ins|rm|ls)mod' | sort"
case $act in
remove) section act remove ;;
unpack) section act dpkg --no-triggers --unpack /root/kmodpp/kmodpp_*.deb ;;
configure) section act while_trying dpkg --configure -a ;;
kmodpp) section act apt-get install -q -y /root/kmodpp/*.deb ;;
kmod) section act apt-get install -q -y /root/kmod/*.deb libkmod2-kmodpp- ;;
dpkg) section act while_trying install_all ;;
*) section act true ;;
esac
section status echo $?
[ ! -e /run/tried ] || section tried tried
section end
sync
case $act in
remove | unpack) crash ;;
esac
systemctl poweroff

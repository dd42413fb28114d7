#!/bin/busybox sh
# First process of the virtual machine: mounts, modules, D-Bus, bluetoothd, then the check named in /etc/check.
B=/bin/busybox
$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
$B mount -t devtmpfs dev /dev
for d in tmp run var; do $B mount -t tmpfs "$d" "/$d"; done
for module in $($B cat /modules/order); do $B insmod "/modules/$module" || echo "insmod $module failed"; done
$B cat /etc/shares | while read -r tag path; do
    $B mkdir -p "$path"
    $B mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 "$tag" "$path"
done
for d in lib lib64 sbin; do $B ln -s "usr/$d" "/$d"; done
$B ln -s /usr/bin/sh /bin/sh
$B mkdir -p /run/dbus /var/lib/bluetooth
$B ln -s /run /var/run
$B ifconfig lo 127.0.0.1 up
export PATH=/usr/bin:/usr/sbin:/bin HOME=/tmp PYTHONDONTWRITEBYTECODE=1
dbus-daemon --config-file=/etc/dbus.conf --fork
/usr/libexec/bluetooth/bluetoothd -n >/tmp/bluetoothd.log 2>&1 &
seconds=$($B cat /etc/watchdog_s)
$B watchdog -F -T "$seconds" -t 2 /dev/watchdog & # as systemd does with RuntimeWatchdogSec
feeder=$!
echo "[vm] kernel $($B uname -r), $(bluetoothctl --version | $B sed s/bluetoothctl:/BlueZ/), up after $($B cut -d' ' -f1 /proc/uptime) s"
$B sh /etc/check
status=$?
if [ $status -ne 0 ]; then
    $B tail -n 20 /tmp/bluetoothd.log | $B cut -c1-300
    $B tail -n 40 /tmp/unit/logs/unit.log 2>/dev/null | $B cut -c1-300
fi
echo "[vm] exit status $status"
[ $status -eq 0 ] || $B poweroff -f
echo "[vm] a machine that hangs: nobody feeds its watchdog, which waits $seconds s; until here it was fed"
$B kill -STOP $feeder
$B sleep $((seconds + 20))
echo "[vm] the watchdog did not reset the machine"
$B poweroff -f

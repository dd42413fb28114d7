#!/usr/bin/env bash
# Make this Raspberry Pi (or Debian machine) a unit: install.sh [--dry-run] [--stop-button] [--clicker] [--voice] [--stop-line] [--serial] | --uninstall [--purge]
# Run from an unpacked bundle (make bundle); may be run again at any time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bundle=$(cd "$here/../.." && pwd)
# shellcheck source=deploy/lib.sh
. "$here/../lib.sh"

uninstall=no purge=no stop_button=no clicker=no voice=no stop_line=no serial=no
while [ $# -gt 0 ]; do
    case "$1" in
        --dry-run) DRY_RUN=yes ;;
        --stop-button) stop_button=yes ;;
        --serial) serial=yes ;;
        --clicker) clicker=yes ;;
        --voice) voice=yes ;;
        --stop-line) stop_line=yes ;;
        --uninstall) uninstall=yes ;;
        --purge) purge=yes ;;
        -h | --help)
            sed -n '2,3s/^# //p' "$0"
            exit 0
            ;;
        *) die "unknown option $1; see --help" ;;
    esac
    shift
done

units=(backstride-unit.service backstride-rotate.service backstride-rotate.timer backstride-fetch.service
    backstride-fetch.timer backstride-install.service backstride-install.path)
# Of the machine, not of the unit: a hub on it needs it too.
shared=backstride-update.service

remove() {
    say "stopping the unit: belts come to rest first"
    run systemctl disable --now backstride-install.path backstride-fetch.timer backstride-rotate.timer backstride-unit.service || true
    if [ -e /etc/systemd/system/backstride-stopline.service ]; then
        run systemctl disable --now backstride-stopline.service || true
    fi
    local unit
    for unit in "${units[@]}" backstride-stopline.service; do displace "/etc/systemd/system/$unit"; done
    run rm -rf /etc/systemd/system/backstride-unit.service.d
    displace /etc/dbus-1/system.d/org.backstride.unit.conf
    displace /etc/bluetooth/main.conf
    displace /etc/udev/rules.d/60-backstride-serial.rules
    displace /etc/systemd/system.conf.d/backstride.conf
    displace /etc/systemd/journald.conf.d/backstride.conf
    displace /etc/systemd/system/systemd-time-wait-sync.service.d/backstride.conf
    run systemctl daemon-reload
    remove_releases
    if [ "$purge" = yes ]; then
        say "removing settings, key and what was not sent yet"
        run rm -rf /etc/backstride-unit /var/lib/backstride-unit
        getent passwd backstride-unit >/dev/null && run userdel backstride-unit
    else
        echo "kept: /etc/backstride-unit and /var/lib/backstride-unit (--purge removes them)"
    fi
    echo "Revoke it on the hub as well: sudo backstride unit revoke NAME"
}

need_root
if [ "$uninstall" = yes ]; then
    remove
    exit 0
fi
need_debian
packages python3 python3-venv bluez dbus ca-certificates
if [ "$(dpkg --print-architecture)" = arm64 ] && apt-cache show python3-lgpio >/dev/null 2>&1 &&
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null; then
    packages python3-lgpio
fi
user backstride-unit /var/lib/backstride-unit
folder 750 backstride-unit backstride-unit /etc/backstride-unit
folder 750 backstride-unit backstride-unit /var/lib/backstride-unit
release "$bundle" unit
supersede "$VERSION"
for unit in "${units[@]}" "$shared"; do place "$here/../systemd/$unit" "/etc/systemd/system/$unit"; done
place "$here/org.backstride.unit.conf" /etc/dbus-1/system.d/org.backstride.unit.conf
place "$here/bluetooth-main.conf" /etc/bluetooth/main.conf
place "$here/journald.conf" /etc/systemd/journald.conf.d/backstride.conf
place "$here/time-wait.conf" /etc/systemd/system/systemd-time-wait-sync.service.d/backstride.conf
if [ "$stop_button" = yes ]; then
    place "$here/stop-button.conf" /etc/systemd/system/backstride-unit.service.d/stop-button.conf
fi
if [ "$serial" = yes ]; then
    place "$here/serial.conf" /etc/systemd/system/backstride-unit.service.d/serial.conf
    place "$here/serial.rules" /etc/udev/rules.d/60-backstride-serial.rules
    run udevadm control --reload
fi
if [ "$clicker" = yes ]; then
    place "$here/clicker.conf" /etc/systemd/system/backstride-unit.service.d/clicker.conf
fi
if [ "$voice" = yes ]; then
    packages espeak-ng alsa-utils
    place "$here/voice.conf" /etc/systemd/system/backstride-unit.service.d/voice.conf
fi
if [ "$stop_line" = yes ]; then
    place "$here/../systemd/backstride-stopline.service" /etc/systemd/system/backstride-stopline.service
    place "$here/watchdog.conf" /etc/systemd/system.conf.d/backstride.conf
fi
run systemctl daemon-reload
run systemctl enable systemd-time-wait-sync.service || true
[ "$CHANGED" = no ] || run systemctl try-restart bluetooth.service systemd-journald.service || true
run systemctl enable backstride-unit.service backstride-rotate.timer backstride-fetch.timer backstride-install.path "$shared"
if [ "$stop_line" = yes ]; then
    run systemctl enable backstride-stopline.service
    [ ! -e /etc/backstride-unit/unit.toml ] || settle backstride-stopline.service
fi
if [ -e /etc/backstride-unit/unit.toml ]; then
    settle backstride-unit.service
    run systemctl start backstride-rotate.timer backstride-fetch.timer backstride-install.path
    say "done: this unit runs release $VERSION"
else
    say "done. Next, with the code that 'backstride unit invite' shows on the hub:"
    echo "    sudo backstride unit join"
    echo "    sudo systemctl start backstride-unit"
fi

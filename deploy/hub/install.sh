#!/usr/bin/env bash
# Make this Debian machine the hub of a site: install.sh [--dry-run] [--site NAME --host NAME] | --uninstall [--purge]
# Run from an unpacked bundle (make bundle); may be run again at any time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bundle=$(cd "$here/../.." && pwd)
# shellcheck source=deploy/lib.sh
. "$here/../lib.sh"

uninstall=no purge=no init=()
while [ $# -gt 0 ]; do
    case "$1" in
        --dry-run) DRY_RUN=yes ;;
        --uninstall) uninstall=yes ;;
        --purge) purge=yes ;;
        --site | --host)
            [ $# -ge 2 ] || die "$1 needs a name"
            init+=("$1" "$2")
            shift
            ;;
        -h | --help)
            sed -n '2,3s/^# //p' "$0"
            exit 0
            ;;
        *) die "unknown option $1; see --help" ;;
    esac
    shift
done

services=(backstride-enrol.service backstride-session.service backstride-metrics.service backstride-console.service
    backstride-alerts.service)
others=(backstride-broker-reload.path backstride-renew.timer backstride-retention.timer
    backstride-offsite-send.timer backstride-offsite-try.timer)
# Of the machine, not of the hub: a unit on it needs it too.
shared=backstride-update.service
helpers=(backstride-broker-reload.service backstride-renew.service backstride-retention.service
    backstride-offsite-send.service backstride-offsite-try.service)
drop_in=mosquitto.service.d/backstride.conf

remove() {
    say "stopping the hub"
    run systemctl disable --now "${others[@]}" "${services[@]}" || true
    local unit
    for unit in "${services[@]}" "${others[@]}" "${helpers[@]}" "$drop_in"; do
        displace "/etc/systemd/system/$unit"
    done
    run systemctl daemon-reload
    run systemctl stop mosquitto.service || true
    remove_releases
    if [ "$purge" = yes ]; then
        say "removing settings, keys and everything that was stored"
        run rm -rf /etc/backstride /var/lib/backstride /var/lib/backstride-backup /var/lib/backstride-releases
        local name
        for name in backstride backstride-{session,metrics,console,retention,alerts,enrol}; do
            getent passwd "$name" >/dev/null && run userdel "$name"
        done
        for name in backstride-{members,measured}; do
            getent group "$name" >/dev/null && run groupdel "$name"
        done
    else
        echo "kept: /etc/backstride and /var/lib/backstride (--purge removes them)"
    fi
}

need_root
if [ "$uninstall" = yes ]; then
    remove
    exit 0
fi
need_debian
packages python3 python3-venv mosquitto ca-certificates
# Of the services' own users, and what is whose of theirs: services/hub/users.py and owners.py, by backstride hub init.
user backstride /var/lib/backstride
user backstride-enrol /var/lib/backstride
folder 755 root backstride-enrol /etc/backstride
folder 700 backstride-enrol backstride-enrol /etc/backstride/office
folder 2750 backstride-enrol mosquitto /etc/backstride/broker
folder 755 backstride-enrol backstride-enrol /var/lib/backstride-releases
[ -d /etc/backstride/services ] || folder 751 backstride backstride /etc/backstride/services
[ -d /var/lib/backstride ] || folder 750 backstride backstride /var/lib/backstride
release "$bundle" "hub,fit,alerts,report$(influx_if_asked hub,fit)"
supersede "$VERSION"
for unit in "${services[@]}" "${others[@]}" "${helpers[@]}" "$drop_in"; do
    place "$here/../systemd/$unit" "/etc/systemd/system/$unit"
done
place "$here/../systemd/$shared" "/etc/systemd/system/$shared"
run systemctl daemon-reload
run systemctl enable "$shared"
if [ ${#init[@]} -gt 0 ] || [ -e /etc/backstride/site.toml ]; then
    [ ! -e /etc/backstride/site.toml ] || init=()
    run /opt/backstride/current/bin/backstride hub init "${init[@]}"
    run systemctl enable mosquitto.service "${services[@]}" "${others[@]}"
    settle mosquitto.service "${services[@]}"
    run systemctl start "${others[@]}"
    say "done: the hub runs release $VERSION"
else
    say "done. Next:"
    echo "    sudo $0 --site gym --host $(hostname).local"
fi

# Makes this machine a unit: fetches the hub's release, installs it, joins by the code that is good once. Run by
# backstride-card.service until it is through; what was cut begins anew. ROOT: everything below another root, to try it.
set -eu
ROOT=${BACKSTRIDE_ROOT:-}
card=$ROOT/etc/backstride-card
HUB='' FILE='' EXTRAS=''
. "$card/settings"
work=$ROOT/var/lib/backstride-card
rm -rf "$work"
mkdir -p "$work/bundle"
# Asked before there was a network, the time is asked for again only minutes later.
if [ "$(timedatectl show -p NTPSynchronized --value 2>/dev/null)" != yes ]; then
    systemctl try-restart systemd-timesyncd.service || true
fi
for name in "$FILE" "$FILE.sig"; do
    # The clock of a Pi without a battery is right only once the network has told it: a certificate fails until then.
    curl --fail --silent --show-error --cacert "$card/ca.crt" --output "$work/$name" "https://$HUB/v1/releases/$name"
done
openssl pkeyutl -verify -rawin -pubin -inkey "$card/update.pub" -in "$work/$FILE" -sigfile "$work/$FILE.sig" >/dev/null || {
    echo "error: $FILE is not signed by the key on this card; nothing was installed" >&2
    exit 1
}
tar -C "$work/bundle" --strip-components=1 -xzf "$work/$FILE"
# shellcheck disable=SC2086
bash "$work/bundle/deploy/raspberry-pi/install.sh" $EXTRAS
install -m 644 "$card/update.pub" "$ROOT/etc/backstride-unit/update.pub"
if [ ! -e "$ROOT/etc/backstride-unit/unit.toml" ]; then
    backstride unit join --folder "$ROOT/etc/backstride-unit" --data "$ROOT/var/lib/backstride-unit" <"$card/code"
fi
systemctl start backstride-unit.service
systemctl start backstride-rotate.timer backstride-fetch.timer backstride-install.path
rm -rf "$card/code" "$work"

#!/usr/bin/env bash
# Update this hub or unit from a signed bundle, and go back by itself if the services do not hold:
#   update.sh BUNDLE.tar.gz      its signature is BUNDLE.tar.gz.sig, the key to check it by /etc/backstride*/update.pub
#   update.sh --rollback         back to the release before
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
HOLD_S=${HOLD_S:-20}

# The services that ran before must run again, and go on running.
healthy() {
    local service waited
    for service in "$@"; do
        for ((waited = 0; ; waited++)); do
            systemctl is-active --quiet "$service" && break
            [ "$waited" -lt 60 ] || return 1
            sleep 1
        done
    done
    local before after
    before=$(systemctl show -p NRestarts --value "$@")
    sleep "$HOLD_S"
    after=$(systemctl show -p NRestarts --value "$@")
    [ "$before" = "$after" ] || return 1
    for service in "$@"; do systemctl is-active --quiet "$service" || return 1; done
}

restart() {
    [ $# -eq 0 ] || systemctl restart --no-block "$@"
}

check_signature() {
    local key
    for key in /etc/backstride/update.pub /etc/backstride-unit/update.pub; do
        [ -r "$key" ] || continue
        openssl pkeyutl -verify -rawin -pubin -inkey "$key" -in "$1" -sigfile "$1.sig" >/dev/null 2>&1 && return
        die "$1 is not signed by the key in $key; nothing was changed"
    done
    die "no key to check updates by: put the public one into /etc/backstride-unit/update.pub (hub: /etc/backstride/)"
}

[ $# -eq 1 ] || die "give one bundle, or --rollback"
[ "$(id -u)" -eq 0 ] || die "run it with sudo"
mapfile -t running < <(for s in $(our_services); do ! systemctl is-active --quiet "$s" || echo "$s"; done)
before=$(readlink "$OPT/current" | sed 's,^releases/,,')

if [ "$1" = --rollback ]; then
    previous=$(cat "$OPT/previous" 2>/dev/null || true)
    [ -e "$OPT/releases/${previous:-none}/.complete" ] || die "there is no release before $before"
    switch "$previous"
    restart "${running[@]}"
    say "back at $previous"
    exit 0
fi

for wanted in "$1" "$1.sig"; do [ -r "$wanted" ] || die "$wanted cannot be read"; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A copy that nobody else can change between the check and the use.
cp "$1" "$1.sig" "$work/"
file=$work/$(basename "$1")
check_signature "$file"
mkdir "$work/bundle"
tar -C "$work/bundle" --strip-components=1 -xzf "$file"
(cd "$work/bundle" && sha256sum --quiet -c SHA256SUMS) || die "the bundle is damaged; nothing was changed"
if [ -d /etc/backstride/office ]; then
    say "backup before the update"
    "$OPT/current/bin/backstride" backup --output "/var/backups/backstride-before-update-from-$before.tar"
fi
release "$work/bundle" "$(paste -sd, "$OPT/current/.complete")"
[ "$VERSION" != "$before" ] || die "release $VERSION runs already"
switch "$VERSION"
restart "${running[@]}"
say "looking for $HOLD_S s whether ${running[*]:-nothing} holds"
if healthy "${running[@]}"; then
    say "updated from $before to $VERSION"
    find "$OPT/releases" -mindepth 1 -maxdepth 1 -type d ! -name "$VERSION" ! -name "$before" -exec rm -rf {} +
    exit 0
fi
say "release $VERSION does not hold: going back to $before"
switch "$before"
restart "${running[@]}"
die "update to $VERSION failed and was taken back; journalctl -u 'backstride-*' says why"

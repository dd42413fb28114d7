#!/usr/bin/env bash
# Update this hub or unit from a signed bundle, and go back by itself if the services do not hold:
#   update.sh BUNDLE.tar.gz      its signature is BUNDLE.tar.gz.sig, the key to check it by /etc/backstride*/update.pub
#   update.sh --downgrade BUNDLE.tar.gz   also one that is older than what runs
#   update.sh --again BUNDLE.tar.gz       also one that did not hold before
#   update.sh --when-free LOCK BUNDLE.tar.gz   only if no belt of this unit is leased (LOCK: update.lock of its data);
#                                else it ends with 75, and what runs is as it was
#   update.sh --rollback         back to the release before, never to one that did not hold
#   update.sh --continue         finish what was cut; every other call does that first, and each start of the machine
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/lib.sh
. "$here/lib.sh"
# shellcheck source=deploy/watched.sh
. "$here/watched.sh"
MARK_S=${MARK_S:-2}

check_signature() {
    local key
    for key in "$ROOT/etc/backstride/update.pub" "$ROOT/etc/backstride-unit/update.pub"; do
        [ -r "$key" ] || continue
        openssl pkeyutl -verify -rawin -pubin -inkey "$key" -in "$1" -sigfile "$1.sig" >/dev/null 2>&1 && return
        die "$1 is not signed by the key in $key; nothing was changed"
    done
    die "no key to check updates by: put the public one into /etc/backstride-unit/update.pub (hub: /etc/backstride/)"
}

# Is version $1 older than $2? As Debian orders them; a pre-release comes before its release.
older() {
    dpkg --compare-versions "$(sed -E 's/(a|b|rc|\.dev)([0-9]+)/~\1\2/' <<<"$1")" lt \
        "$(sed -E 's/(a|b|rc|\.dev)([0-9]+)/~\1\2/' <<<"$2")"
}

check_version() {
    [[ "$1" =~ ^[0-9][0-9A-Za-z.+!-]*$ ]] || die "the bundle's version is none: $1"
    [ "$1" != "$before" ] || die "release $1 runs already"
    [ -n "$downgrade" ] || ! older "$1" "$before" ||
        die "release $1 is older than $before, which runs: an old bundle may have faults that are mended by now; --downgrade takes it all the same"
    [ -n "$again" ] || ! grep -qxF "$1" "$OPT/broken" 2>/dev/null ||
        die "release $1 did not hold when it was tried before; --again tries it once more"
}

# Does the release start at all, and take the settings that are there?
try_out() {
    local command=$OPT/releases/$1/bin/backstride file
    [ "$("$command" --version)" = "$1" ] || give_up "release $1 does not start; nothing was changed"
    for file in "$ROOT"/etc/backstride/site.toml "$ROOT"/etc/backstride-unit/unit.toml; do
        [ ! -e "$file" ] || "$command" config check "$file" ||
            give_up "release $1 does not take $file; nothing was changed"
    done
}

give_up() {
    rm -rf "$OPT/releases/$VERSION"
    done_with_it
    die "$1"
}

back_up() {
    local folder=$ROOT/var/backups all=backstride-before-update-from
    [ -d "$ROOT/etc/backstride/office" ] || return 0
    say "backup before the update"
    rm -rf "$folder/.$all"-* # of one that was cut
    "$OPT/current/bin/backstride" backup --output "$folder/$all-$before.tar"
    # Members who were erased since are in the others: the newest of them is kept.
    find "$folder" -maxdepth 1 -name "$all-*.tar" ! -name "$all-$before.tar" -printf '%T@ %p\0' |
        sort -zrn | tail -zn +2 | cut -zd' ' -f2- | xargs -0r rm --
    echo "If release $VERSION changes the members' store, an older one does without members; 'backstride restore' with"
    echo "this file is the way back, and forgets what was entered since."
}

# No belt is leased from here on, until this script ends; what was leased a moment before is marked on the disk by then.
keep_free() {
    [ -n "$when_free" ] || return 0
    if exec 8<"$when_free" && flock -n -x 8 && sleep "$MARK_S" && [ -z "$(ls -A "$(dirname "$when_free")/moving" 2>/dev/null)" ]; then
        return 0
    fi
    say "a belt of this unit is in use: release $VERSION waits"
    done_with_it
    exit 75
}

update() {
    local file extras
    for wanted in "$1" "$1.sig"; do [ -r "$wanted" ] || die "$wanted cannot be read"; done
    trap 'rm -rf "$WORK"' EXIT
    mkdir -m 700 "$WORK"
    # A copy that nobody else can change between the check and the use.
    cp "$1" "$1.sig" "$WORK/"
    file=$WORK/$(basename "$1")
    check_signature "$file"
    mkdir "$WORK/bundle"
    tar -C "$WORK/bundle" --strip-components=1 -xzf "$file"
    whole "$WORK/bundle"
    VERSION=$(cat "$WORK/bundle/VERSION")
    check_version "$VERSION"
    back_up
    note install "$before" "$VERSION"
    if [ -n "$again" ]; then rm -rf "$OPT/releases/$VERSION"; fi
    extras=$(paste -sd, "$OPT/current/.complete")
    release "$WORK/bundle" "$extras$(influx_if_asked "$extras")"
    try_out "$VERSION"
    keep_free
    watch "$before" "$VERSION"
}

downgrade='' again='' when_free=''
while [ $# -gt 1 ]; do
    case "$1" in
        --downgrade) downgrade=yes ;;
        --again) again=yes ;;
        --when-free)
            when_free=$2
            shift
            ;;
        *) die "unknown option $1" ;;
    esac
    shift
done
[ $# -eq 1 ] || die "give one bundle, or --rollback"
[ -n "$ROOT" ] || [ "$(id -u)" -eq 0 ] || die "run it with sudo"
exec 9>"$OPT/update.lock"
flock -n 9 || die "another update runs"
finish_interrupted
mapfile -t running < <(for s in $(our_services); do ! systemctl is-active --quiet "$s" || echo "$s"; done)
before=$(current)
case "$1" in
    --continue) ;;
    --rollback) roll_back ;;
    -*) die "unknown option $1" ;;
    *) update "$1" ;;
esac

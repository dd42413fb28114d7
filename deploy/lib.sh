# What the installers of hub and unit share. Sourced, with `set -euo pipefail` in force.
# shellcheck shell=bash

# Everything below another root: for images, and to try it.
ROOT=${BACKSTRIDE_ROOT:-}
OPT=$ROOT/opt/backstride
DRY_RUN=${DRY_RUN:-no}
# Did this run change anything that a service would have to be restarted for?
CHANGED=no

say() { echo "== $*"; }

die() {
    echo "error: $*" >&2
    exit 1
}

# Do it, or with --dry-run say what would be done.
run() {
    if [ "$DRY_RUN" = yes ]; then
        echo "would run: $*"
    else
        "$@"
    fi
}

need_root() {
    [ "$DRY_RUN" = yes ] || [ "$(id -u)" -eq 0 ] || die "run it with sudo (or with --dry-run to see what it would do)"
}

need_debian() {
    command -v apt-get >/dev/null || die "this is not Debian or Raspberry Pi OS: there is no apt-get"
    case "$(dpkg --print-architecture)" in
        amd64 | arm64) ;;
        *) die "a 64-bit system is needed; on a Raspberry Pi install the 64-bit Raspberry Pi OS" ;;
    esac
}

# Debian packages that are missing.
packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "Debian packages: ${missing[*]}"
    run apt-get update -qq || echo "no fresh package lists: is this machine offline?"
    run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# A user that can do nothing but own files: user NAME HOME
user() {
    getent passwd "$1" >/dev/null && return
    say "user $1"
    run useradd --system --user-group --home-dir "$2" --no-create-home --shell /usr/sbin/nologin "$1"
}

# A folder with its owner: folder MODE OWNER GROUP PATH
folder() {
    run install -d -m "$1" -o "$2" -g "$3" "$4"
}

# Put a file in place if it differs; what was there of somebody else is kept beside it: place FROM TO
place() {
    cmp -s "$1" "$2" 2>/dev/null && return
    CHANGED=yes
    say "file $2"
    run mkdir -p "$(dirname "$2")"
    if [ -e "$2" ] && [ ! -e "$2.before-backstride" ] && ! grep -qi backstride "$2"; then
        run cp -a "$2" "$2.before-backstride"
    fi
    run install -m 644 "$1" "$2"
}

# Take a file away that `place` put there, and put back what was before: displace PATH
displace() {
    [ -e "$1" ] || return 0
    case "$1" in
        *backstride*) ;;
        *) grep -qi backstride "$1" || return 0 ;; # somebody else's
    esac
    say "removing $1"
    run rm -f "$1"
    [ ! -e "$1.before-backstride" ] || run mv "$1.before-backstride" "$1"
}

# Stop here unless this machine's Python is one of those: for_this_python PYTHONS. A dry run may meet a machine without.
for_this_python() {
    command -v python3 >/dev/null || return 0
    local mine
    mine=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case " $1 " in
        *" $mine "*) ;;
        *) die "this bundle is for Python $1, and this machine has $mine; make one with PYTHONS=$mine make bundle" ;;
    esac
}

# Is every file of this bundle, each wheel too, as its list says, and is every wheel in the list? whole BUNDLE
whole() {
    local wheel
    (cd "$1" && sha256sum --quiet -c SHA256SUMS) || die "the bundle is damaged; nothing was changed"
    for wheel in "$1"/wheels/*.whl; do
        grep -qF "  ./wheels/$(basename "$wheel")" "$1/SHA256SUMS" ||
            die "$(basename "$wheel") is not in the bundle's list; nothing was changed"
    done
}

# Install a requirement from the bundle's wheels, each of which pip holds to its hash in the bundle's list when it opens
# it: wheels BUNDLE PYTHON REQUIREMENT
wheels() {
    local from=(-q --disable-pip-version-check --no-index --find-links "$1/wheels") pinned
    pinned=$("$2" -I -m pip install "${from[@]}" --dry-run --report - "$3" |
        python3 "$1/deploy/pinned.py" "$1/SHA256SUMS") || die "not in the bundle as it should be: $3"
    [ -n "$pinned" ] || return 0 # all of it is there
    "$2" -I -m pip install "${from[@]}" --no-deps --require-hashes -r /dev/fd/3 3<<<"$pinned" ||
        die "pip refused what is in the bundle; see above"
}

# The extra that speaks to InfluxDB, for a site whose settings ask for it: influx_if_asked EXTRAS-THAT-ARE-THERE
influx_if_asked() {
    case ",$1," in *,influx,*) return ;; esac
    ! grep -qsE '^influx_url *= *"[^"]' "$ROOT/etc/backstride/site.toml" || echo ,influx
}

# Install the release of a bundle beside those that are there: release BUNDLE EXTRAS. Sets VERSION.
# WITH=sim adds the virtual gym, to try everything without hardware (a bundle made with EXTRAS=unit,hub,fit,influx,alerts,report,sim).
release() {
    local bundle=$1 extras=$2${WITH:+,$WITH} target
    [ -r "$bundle/VERSION" ] || die "$bundle is no bundle: it has no VERSION (make bundle makes one)"
    VERSION=$(cat "$bundle/VERSION")
    target=$OPT/releases/$VERSION
    if [ -e "$target/.complete" ] && grep -qxF "$extras" "$target/.complete"; then
        return
    fi
    for_this_python "$(cat "$bundle/PYTHONS")"
    say "release $VERSION ($extras)"
    if [ "$DRY_RUN" = yes ]; then
        echo "would install backstride[$extras]==$VERSION from $bundle/wheels into $target"
        return
    fi
    # Nothing that the bundle's own list does not name by its hash is installed.
    whole "$bundle"
    # What was cut while it was made is made anew.
    [ -e "$target/.complete" ] || rm -rf "$target"
    [ -e "$target/.complete" ] || python3 -m venv "$target"
    # Packages of an earlier role on the same machine stay: extras add up.
    wheels "$bundle" "$target/bin/python" "backstride[$extras]==$VERSION"
    lend_lgpio "$target"
    mkdir -p "$target/deploy"
    cp -r "$bundle/deploy/." "$target/deploy/"
    # Whole on the disk before it is called complete: power may be cut.
    sync -f "$target"
    echo "$extras" >>"$target/.complete"
    sync "$target/.complete"
}

# No wheel of lgpio is for Python 3.13 and newer: Debian's, which is for Debian's Python, is lent to the release, so that
# a stop button on the pins works: lend_lgpio RELEASE
lend_lgpio() {
    local debian=$ROOT/usr/lib/python3/dist-packages to
    [ -e "$debian/lgpio.py" ] || return 0
    to=$("$1/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    [ -e "$to/lgpio.py" ] || ln -s "$debian"/lgpio.py "$debian"/_lgpio*.so "$to/"
}

# Let this release be the one that runs: switch VERSION
switch() {
    [ "$(readlink "$OPT/current" 2>/dev/null || true)" != "releases/$1" ] || return 0
    CHANGED=yes
    say "current release: $1"
    run ln -sfn "releases/$1" "$OPT/current.new"
    run mv -T "$OPT/current.new" "$OPT/current"
    run mkdir -p "$ROOT/usr/local/bin"
    run ln -sfn "$OPT/current/bin/backstride" "$ROOT/usr/local/bin/backstride"
}

# The same by an installer, which watches nothing: what ran is what a rollback goes to. supersede VERSION
supersede() {
    local ran
    ran=$(readlink "$OPT/current" 2>/dev/null | sed 's,^releases/,,' || true)
    if [ -n "$ran" ] && [ "$ran" != "$1" ] && [ "$DRY_RUN" = no ]; then echo "$ran" >"$OPT/previous"; fi
    switch "$1"
}

# Let services run what is installed now; what runs and was not changed is left alone: belts may be moving.
settle() {
    if [ "$CHANGED" = yes ]; then
        run systemctl restart --no-block "$@"
    else
        run systemctl start --no-block "$@"
    fi
}

# Which of our services are enabled on this machine.
our_services() {
    local service
    for service in unit stopline session metrics console alerts enrol; do
        if systemctl is-enabled --quiet "backstride-$service.service" 2>/dev/null; then
            echo "backstride-$service.service"
        fi
    done
}

# Remove every release, once no role is left.
remove_releases() {
    [ -z "$(our_services)" ] || return 0
    run systemctl disable backstride-update.service || true
    displace /etc/systemd/system/backstride-update.service
    say "removing $OPT"
    run rm -rf "$OPT"
    run rm -f "$ROOT/usr/local/bin/backstride"
}

# Switching releases under watch, and going back; sourced by update.sh. Before each thing that is done, what will be is
# on the disk: whatever cuts it, the next call knows where it stood.
# shellcheck shell=bash

HOLD_S=${HOLD_S:-20}
COME_UP_S=${COME_UP_S:-60}
STATE=$OPT/update.state
WORK=$OPT/update.work
running=()

# Write down where we are: note STEP FROM TO
note() {
    printf '%s\n' "step=$1" "from=$2" "to=$3" "running=${running[*]:-}" >"$STATE.new"
    sync "$STATE.new"
    mv -T "$STATE.new" "$STATE"
    sync -f "$OPT"
}

noted() {
    sed -n "s/^$1=//p" "$STATE"
}

done_with_it() {
    sync -f "$OPT"
    rm -f "$STATE"
    sync -f "$OPT"
}

complete() {
    [ -n "$1" ] && [ -e "$OPT/releases/$1/.complete" ]
}

current() {
    readlink "$OPT/current" | sed 's,^releases/,,'
}

# Let a release run, with its own unit files, and the settings and lists that it makes of site.toml. Services are
# restarted in any case; false if the release does not take site.toml.
go_to() {
    local taken=0
    if [ -e "$ROOT/etc/backstride/site.toml" ] && shares_user "$1" && ! shares_user "$(current)"; then
        say "release $1 has one user for all services of the hub"
        "$OPT/current/bin/backstride" hub one-user
    fi
    switch "$1"
    sync -f "$OPT"
    unit_files "$OPT/releases/$1/deploy/systemd"
    own_settings "$1" || taken=1
    [ ${#running[@]} -eq 0 ] || systemctl restart --no-block "${running[@]}"
    return "$taken"
}

# What a release makes of a hub's site.toml, and whose it makes it: own_settings VERSION
own_settings() {
    [ ! -e "$ROOT/etc/backstride/site.toml" ] || "$OPT/releases/$1/bin/backstride" hub init >/dev/null
}

# Do the hub's services run as one user in this release? It looks for all stores in one folder, as that user.
shares_user() {
    grep -qxF User=backstride "$OPT/releases/$1/deploy/systemd/backstride-metrics.service" 2>/dev/null
}

# Unit files that are in place become those of this folder.
unit_files() {
    local file name
    CHANGED=no
    for file in "$1"/*.* "$1"/*.d/*.conf; do
        name=${file#"$1/"}
        if [ ! -f "$file" ] || [ ! -e "$ROOT/etc/systemd/system/$name" ]; then continue; fi
        place "$file" "$ROOT/etc/systemd/system/$name"
    done
    [ "$CHANGED" = no ] || systemctl daemon-reload
}

# The services that ran before must run again, and go on running.
healthy() {
    local service waited before after
    for service in "$@"; do
        for ((waited = 0; ; waited++)); do
            systemctl is-active --quiet "$service" && break
            [ "$waited" -lt "$COME_UP_S" ] || return 1
            sleep 1
        done
    done
    [ $# -gt 0 ] || return 0
    before=$(systemctl show -p NRestarts --value "$@")
    sleep "$HOLD_S"
    after=$(systemctl show -p NRestarts --value "$@")
    [ "$before" = "$after" ] || return 1
    for service in "$@"; do systemctl is-active --quiet "$service" || return 1; done
}

# Let the new release run and look whether it holds; keep it, or go back: watch FROM TO
watch() {
    note switch "$1" "$2"
    say "looking for $HOLD_S s whether ${running[*]:-nothing (no service ran before)} holds"
    if go_to "$2" && [ "$(current)" = "$2" ] && healthy "${running[@]}"; then
        keep "$1" "$2"
    else
        say "release $2 does not hold: going back to $1"
        go_back "$1" "$2"
    fi
}

keep() {
    echo "$1" >"$OPT/previous"
    [ ! -e "$OPT/broken" ] || sed -i "\\,^$2\$,d" "$OPT/broken"
    find "$OPT/releases" -mindepth 1 -maxdepth 1 -type d ! -name "$2" ! -name "$1" -exec rm -rf {} +
    done_with_it
    say "updated from $1 to $2"
}

# The release that did not hold is marked first, so that nothing ever leads to it again: go_back FROM TO. Ends the
# script, unless it finishes what was cut (taking_back).
go_back() {
    note back "$1" "$2"
    grep -qxF "$2" "$OPT/broken" 2>/dev/null || echo "$2" >>"$OPT/broken"
    chmod 644 "$OPT/broken"
    sync "$OPT/broken"
    go_to "$1" || say "release $1 does not take site.toml: mend it, then backstride hub init"
    [ "$2" = "$1" ] || rm -rf "$OPT/releases/$2"
    done_with_it
    local said="update to $2 failed and was taken back; journalctl -u 'backstride-*' says why"
    if [ -n "${taking_back:-}" ]; then say "$said"; else die "$said"; fi
}

roll_back() {
    local previous
    previous=$(cat "$OPT/previous" 2>/dev/null || true)
    if ! complete "$previous" || [ "$previous" = "$(current)" ] ||
        grep -qxF "$previous" "$OPT/broken" 2>/dev/null; then
        die "there is no release before $(current) to go back to"
    fi
    note rollback "$(current)" "$previous"
    roll_on "$previous"
}

roll_on() {
    go_to "$1" || say "release $1 does not take site.toml: mend it, then backstride hub init"
    rm -f "$OPT/previous"
    done_with_it
    say "back at $1"
}

# What an update that was cut had begun is finished, or undone, before anything else is done.
finish_interrupted() {
    rm -rf "$WORK"
    [ -e "$STATE" ] || return 0
    local step from to
    step=$(noted step) from=$(noted from) to=$(noted to)
    read -ra running <<<"$(noted running)"
    say "an update from $from to $to was cut at: $step"
    case "$step" in
        install) [ ! -d "$OPT/releases/${to:-none}" ] || complete "$to" || rm -rf "$OPT/releases/$to" ;;
        rollback) ! complete "$to" || roll_on "$to" ;;
        back) ! complete "$from" || taking_back=quietly go_back "$from" "$to" ;;
        *)
            if [ "$(current)" != "$to" ]; then
                own_settings "$(current)" || true # what was given to one user for a release that never came to run
            elif complete "$from"; then
                taking_back=quietly watch "$from" "$to"
            fi
            ;;
    esac
    [ ! -e "$STATE" ] || done_with_it
}

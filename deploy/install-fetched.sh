#!/usr/bin/env bash
# Install the release that this unit's own user fetched (backstride-fetch.service), if it is signed and no belt is
# leased. Of what that user wrote only the bundle's name is believed; what came of it is told in /opt/backstride.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ROOT=${BACKSTRIDE_ROOT:-}
opt=$ROOT/opt/backstride
data=${1:-$ROOT/var/lib/backstride-unit}
name=$(head -c 200 "$data/release/wanted" 2>/dev/null)
rm -f "$data/release/wanted" "$opt/update.said"
[[ "$name" =~ ^backstride-[0-9A-Za-z.+!_-]{1,80}\.tar\.gz$ ]] || exit 0
said=$("$here/update.sh" --when-free "$data/update.lock" "$data/release/$name" 2>&1)
code=$?
printf '%s\n' "$said"
rm -f "$data/release/$name" "$data/release/$name.sig"
if [ "$code" -eq 0 ] || [ "$code" -eq 75 ]; then exit 0; fi
printf '%s\n' "$said" | tail -n 5 >"$opt/update.said"
chmod 644 "$opt/update.said"
exit "$code"

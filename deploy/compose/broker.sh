#!/bin/sh
# Mosquitto that reads its access and revocation lists anew when Backstride has changed them.
set -eu
list=/etc/backstride/broker/acl
mosquitto -c /etc/backstride/broker/mosquitto.conf &
broker=$!
trap 'kill "$broker"; wait "$broker"; exit 0' TERM INT
before=$(md5sum "$list")
while kill -0 "$broker" 2>/dev/null; do
    sleep 1
    now=$(md5sum "$list")
    if [ "$now" != "$before" ]; then
        before=$now
        kill -HUP "$broker"
    fi
done
wait "$broker"

#!/bin/sh
# Mosquitto that ends, and is started anew by Docker with its newest lists, when `backstride hub broker-restart` says
# that no belt is leased and none moves. Never by SIGHUP: that can kill it while sessions run.
set -eu
stamp=/etc/backstride/broker/restart
mosquitto -c /etc/backstride/broker/mosquitto.conf &
broker=$!
trap 'kill "$broker"; wait "$broker"; exit 0' TERM INT
read_stamp() { cat "$stamp" 2>/dev/null || true; }
before=$(read_stamp)
while kill -0 "$broker" 2>/dev/null; do
    sleep 1
    if [ "$(read_stamp)" != "$before" ]; then
        kill "$broker"
    fi
done
wait "$broker"

#!/bin/sh
# Grafana with the header by which InfluxDB knows its user: the data source wants it in the environment. InfluxDB 2.9
# takes user:password as Basic only.
set -eu
secret=$(printf 'grafana:%s' "$(cat /run/secrets/grafana_influx)" | base64 | tr -d '\n')
BACKSTRIDE_INFLUX_AUTHORIZATION="Basic $secret"
export BACKSTRIDE_INFLUX_AUTHORIZATION
exec /run.sh

#!/bin/sh
# Grafana with the database's password from its file: the data source wants it in the environment.
set -eu
BACKSTRIDE_INFLUX_TOKEN="grafana:$(cat /run/secrets/grafana_influx)"
export BACKSTRIDE_INFLUX_TOKEN
exec /run.sh

#!/bin/bash
# Once, when the database is made: a bucket for minute means (2 years), InfluxQL's names of both, and a user by which
# Grafana reads them and nothing else.
set -euo pipefail
bucket=$DOCKER_INFLUXDB_INIT_BUCKET_ID
name=$DOCKER_INFLUXDB_INIT_BUCKET
influx bucket create --name "${name}_1m" --retention 730d
minutes=$(influx bucket list --name "${name}_1m" --hide-headers | cut -f 1)
influx v1 dbrp create --db "$name" --rp autogen --default --bucket-id "$bucket"
influx v1 dbrp create --db "$name" --rp 1m --bucket-id "$minutes"
influx v1 auth create --username grafana --password "$(cat /run/secrets/grafana_influx)" \
    --read-bucket "$bucket" --read-bucket "$minutes"

#!/bin/bash
# Once, when the database is made: let InfluxQL find the bucket, and let Grafana read it and nothing else.
set -euo pipefail
bucket=$DOCKER_INFLUXDB_INIT_BUCKET_ID
influx v1 dbrp create --db backstride --rp autogen --default --bucket-id "$bucket"
influx v1 auth create --username grafana --password "$(cat /run/secrets/grafana_influx)" --read-bucket "$bucket"

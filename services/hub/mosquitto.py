"""The broker's settings of a site: two listeners, certificates instead of passwords, one access list."""

from pathlib import Path


def settings(folder: Path, port: int, hub_port: int, hub_host: str, data: Path, *, host: str = "") -> str:
    """mosquitto.conf. Units and others come to `port` on `host` ('': on all addresses); `hub_port` is for the hub's own
    services, on loopback unless `hub_host` says that they are elsewhere.

    On `port` a client's id is its certificate's name, whatever it says: none can take another's place. The hub's own
    programs may be several under one name.
    """
    return f"""\
# Made by backstride hub init; changes here are lost. Put your own into conf.d.
per_listener_settings false
allow_anonymous false
acl_file {folder}/acl
persistence true
persistence_location {data}/
autosave_interval 60
# Without it every acknowledged message waits 40 ms for the other side's delayed ACK.
set_tcp_nodelay true
# The defaults (20 in flight, 1000 queued) drop messages that were acknowledged to their sender.
max_inflight_messages 10000
max_queued_messages 100000
max_queued_bytes 268435456
max_packet_size 65536
persistent_client_expiration 7d
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true

listener {port}{f" {host}" if host else ""}
{_tls(folder)}
use_username_as_clientid true

listener {hub_port}{" 127.0.0.1" if hub_host == "127.0.0.1" else ""}
{_tls(folder)}

include_dir {folder}/conf.d
"""


def _tls(folder: Path) -> str:
    return f"""\
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
crlfile {folder}/crl.pem
require_certificate true
use_identity_as_username true
tls_version tlsv1.2"""

"""A site's bridge to its chain's broker: what is measured goes up, and nothing whatever comes down.

Control stays in the site: no lease, no command, no request and no stop crosses the bridge in either direction.
"""

from device_adapters.contract.registry import CHANNELS

ROLE = "bridge"


def settings(site: str, host: str, port: int, folder: str) -> str:
    """The `connection` of one site, for conf.d; chain.pem (certificate and key) and chain-ca.crt are in `folder`."""
    topics = "".join(f"topic {c.topic(site, '+')} out {c.qos}\n" for c in CHANNELS if ROLE in c.readers)
    return f"""\
# Made by backstride hub bridge from the contract of site {site}.
connection chain
address {host}:{port}
bridge_protocol_version mqttv50
remote_clientid {site}
cleansession false
# While the line is away the site's broker keeps what goes up; max_queued_bytes in mosquitto.conf bounds it.
start_type automatic
restart_timeout 2 30
keepalive_interval 20
notifications false
try_private true
bridge_tls_version tlsv1.2
bridge_cafile {folder}/chain-ca.crt
bridge_certfile {folder}/chain.pem
bridge_keyfile {folder}/chain.pem
{topics}"""

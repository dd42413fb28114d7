"""How long the client certificate of the settings still holds: told before it ends, not found out afterwards."""

from datetime import UTC, datetime
from pathlib import Path

from device_adapters.clock import SystemClock
from device_adapters.config import Broker
from device_adapters.units import DAY_S

WARN_DAYS = 30


def days_left(broker: Broker) -> int | None:
    """Whole days until the certificate ends, negative once it has; None without a certificate that can be read."""
    if not broker.cert_file:
        return None
    from cryptography import x509  # 40 ms that a bus without certificates does not need

    try:
        certificate = x509.load_pem_x509_certificate(Path(broker.cert_file).read_bytes())
    except (OSError, ValueError):
        return None
    now = datetime.fromtimestamp(SystemClock().wall_ms() / 1000, UTC)
    return int((certificate.not_valid_after_utc - now).total_seconds() // DAY_S)


def complaint(broker: Broker) -> str:
    """What to say of a certificate that has ended or is about to, with the fix; '' if there is nothing to say."""
    days = days_left(broker)
    if days is None or days >= WARN_DAYS:
        return ""
    when = "has ended" if days < 0 else f"ends in {days} days"
    return f"{broker.cert_file} {when}; renew it: backstride unit rotate on a unit, backstride hub init on the hub"

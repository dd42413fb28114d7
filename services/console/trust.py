"""The site's own authority, as tablets and phones come to trust it: its certificate, and words to compare it by."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from device_adapters.config import HubConfig
from device_adapters.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Trust:
    """`port`: of the pages by TLS, 0 if there are none. `root` (PEM): empty where every browser knows the authority."""

    port: int = 0
    root: bytes = b""
    name: str = ""
    fingerprint: str = ""
    """SHA-256 in pairs of hexadecimal digits, as browsers and telephones show it."""

    @classmethod
    def of(cls, config: HubConfig) -> Self:
        """Raises ConfigError for a root that is no certificate."""
        if not config.https.port or not config.https.root:
            return cls(config.https.port)
        from cryptography import x509  # 14 MB that pages without a root of the site's own do not need
        from cryptography.hazmat.primitives import hashes

        try:
            pem = Path(config.https.root).read_bytes()
            root = x509.load_pem_x509_certificate(pem)
        except (OSError, ValueError) as e:
            raise ConfigError(f"https: root {config.https.root}: {e}; it must be a certificate (PEM)") from e
        shown = root.fingerprint(hashes.SHA256()).hex(" ").upper()
        return cls(config.https.port, pem, root.subject.rfc4514_string().removeprefix("CN="), shown)

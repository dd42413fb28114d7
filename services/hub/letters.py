"""What a unit and the enrolment desk say to each other (JSON over HTTPS)."""

import msgspec

from services.hub.clients import Device

JOIN_PATH = "/v1/join"
RENEW_PATH = "/v1/renew"
AUTHORITY_PATH = "/v1/authority"
LETTER_MAX_BYTES = 16_384


class Join(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit's key (as a signing request, PEM) and the secret of its code (hexadecimal)."""

    secret: str
    request: str


class Welcome(msgspec.Struct, frozen=True):
    """All that a unit needs to be part of the site. Fields may be added."""

    name: str
    site: str
    broker_url: str
    certificate: str
    strap_salt: str
    treadmills: tuple[Device, ...] = ()
    straps: tuple[Device, ...] = ()


class Renew(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new key's signing request, the certificate in use, and a signature over the request by the key in use."""

    certificate: str
    request: str
    signature: str


class Renewed(msgspec.Struct, frozen=True):
    """The new certificate (PEM)."""

    certificate: str


class Refusal(msgspec.Struct, frozen=True):
    """Why not."""

    text: str

"""What a unit and the enrolment desk say to each other (JSON over HTTPS)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from device_adapters.contract import bounds
from services.hub.clients import UnitDevice

Version = Annotated[str, Meta(pattern=bounds.RELEASE_PATTERN)]
"""Of a release."""

BundleName = Annotated[str, Meta(pattern=r"^(backstride-[0-9A-Za-z.+!_-]{1,80}\.tar\.gz)?\Z")]
"""Of a file that a unit may fetch: no path (deploy/install-fetched.sh takes no other); empty: none."""

JOIN_PATH = "/v1/join"
RENEW_PATH = "/v1/renew"
AUTHORITY_PATH = "/v1/authority"
REPORT_PATH = "/v1/report"
RELEASES_PATH = "/v1/releases"
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
    treadmills: tuple[UnitDevice, ...] = ()
    straps: tuple[UnitDevice, ...] = ()


class Renew(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new key's signing request, the certificate in use, and a signature over the request by the key in use."""

    certificate: str
    request: str
    signature: str


class Renewed(msgspec.Struct, frozen=True):
    """The new certificate (PEM)."""

    certificate: str


class SignedReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a unit is, with a signature over `said` (JSON of UnitReport, as it is) by the key of its certificate."""

    certificate: str
    said: str
    signature: str


class UnitReport(msgspec.Struct, frozen=True):
    """What an updater says of its machine. Fields may be added.

    `version`: the release that is current; `broken`: those that did not hold here; `in_use`: is a belt leased or
    locked? `well`: does the unit's service run, with no update under way? `failed`: why the update that was asked for
    could not be done; empty: none was, or it was.
    """

    version: Version
    arch: Annotated[str, Meta(min_length=1, max_length=20)]
    broken: Annotated[tuple[Version, ...], Meta(max_length=1_000)] = ()
    in_use: bool = True
    well: bool = False
    failed: Annotated[str, Meta(max_length=500)] = ""


class UpdateWanted(msgspec.Struct, frozen=True):
    """What the unit is to do: fetch `file` and update by it; empty: nothing, and `wait` says why, as a key."""

    file: BundleName = ""
    wait: str = ""


class DeskRefusal(msgspec.Struct, frozen=True):
    """Why the desk does not do it, for whoever reads it there."""

    text: str

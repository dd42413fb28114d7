"""A phone's own lock (a WebAuthn passkey) in place of the PIN of a member's page.

The phone's key is asked for as well: a passkey that a maker's cloud copies to another device opens nothing there.
"""

from dataclasses import dataclass

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorAttachment,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.console.auth.challenges import host_of

_UNREADABLE = (
    WebAuthnException,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
)
"""What reading an answer may raise that is none: whoever has the phone's key can send anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """What the hub keeps of one: no secret. `host`: the name of the site that the phone made it for."""

    id: bytes
    public: bytes
    count: int
    host: str


def creation(home: str, alias: str, host: str, challenge: bytes) -> str:
    """What the page asks its phone for, as JSON: a key behind the phone's own lock, bound to the phone."""
    wanted = AuthenticatorSelectionCriteria(
        authenticator_attachment=AuthenticatorAttachment.PLATFORM,
        resident_key=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    options = generate_registration_options(
        rp_id=host,
        rp_name="Backstride",
        user_id=home.encode(),
        user_name=alias,
        challenge=challenge,
        authenticator_selection=wanted,
    )
    return options_to_json(options)


def made(answer: str, challenge: bytes, origin: str) -> Passkey | None:
    """The passkey that a phone made for this challenge. None: what it sent proves none."""
    host = host_of(origin)
    if not challenge or not host:
        return None
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=host,
            expected_origin=origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    return Passkey(
        id=found.credential_id, public=found.credential_public_key, count=found.sign_count, host=host
    )


def question(passkey: Passkey, challenge: bytes) -> str:
    """What the page asks its phone to sign, as JSON."""
    options = generate_authentication_options(
        rp_id=passkey.host,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=passkey.id)],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def proven(passkey: Passkey, answer: str, challenge: bytes, origin: str) -> int | None:
    """How often the passkey was used by now, if its phone signed this challenge behind its lock. None: it did not."""
    if not challenge or host_of(origin) != passkey.host:
        return None
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=passkey.host,
            expected_origin=origin,
            credential_public_key=passkey.public,
            credential_current_sign_count=passkey.count,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    return found.new_sign_count if found.credential_id == passkey.id else None

"""The site's certificate authority: ECDSA P-256, one for all that connects to the site's broker.

Nothing here reads a clock or a file; who calls keeps the keys. Common names are the client ids of `clients`.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from device_adapters.errors import ConfigError

AUTHORITY_DAYS = 3650
LEAF_DAYS = 397
"""Servers and clients: about a year, so that a forgotten one does not live for ever; they are renewed by themselves."""

RENEW_DAYS = 60
"""With less than this left, a certificate is due to be renewed."""

CLOCK_SLACK = timedelta(hours=1)
"""A unit's clock may be behind the hub's."""

CRL_DAYS = 3650
"""Mosquitto refuses everybody once its revocation list has expired: it is made anew at every change instead."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, PEM."""

    certificate: bytes
    key: bytes

    @property
    def together(self) -> bytes:
        """In one file: two could be found of different pairs after a power cut."""
        return self.certificate + self.key

    @property
    def belong_together(self) -> bool:
        """Is the certificate for this key? Of two files the second may be missing after a full disk."""
        certificate = x509.load_pem_x509_certificate(self.certificate)
        return certificate.public_key() == _key(self.key).public_key()


def apart(together: bytes) -> Pair:
    """What `Pair.together` made. Raises ConfigError for anything else."""
    certificate, begin, key = together.partition(b"-----BEGIN PRIVATE KEY-----")
    if not begin:
        raise ConfigError("the file does not hold a certificate and its key")
    return Pair(certificate, begin + key)


def new_key() -> bytes:
    """A private key, PEM, without a password: files guard it."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def new_authority(site: str, now: datetime) -> Pair:
    """The root of one site."""
    key_pem = new_key()
    key = _key(key_pem)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Backstride {site}")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return Pair(certificate.public_bytes(serialization.Encoding.PEM), key_pem)


def signing_request(name: str, key_pem: bytes) -> bytes:
    """What a client sends to have its key certified (PKCS #10, PEM)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    request = (
        x509.CertificateSigningRequestBuilder().subject_name(subject).sign(_key(key_pem), hashes.SHA256())
    )
    return request.public_bytes(serialization.Encoding.PEM)


def sign_client(
    authority: Pair, name: str, request_pem: bytes, now: datetime, days: int = LEAF_DAYS
) -> bytes:
    """A client certificate for the request's key, with `name` as its common name whatever the request says.

    Raises ConfigError if the request is none, or is not signed by its own key.
    """
    return _leaf(authority, name, check_request(request_pem), now, days, ExtendedKeyUsageOID.CLIENT_AUTH, ())


def check_request(request_pem: bytes) -> ec.EllipticCurvePublicKey:
    """The key that a signing request asks to have certified. Raises ConfigError for what cannot be."""
    try:
        request = x509.load_pem_x509_csr(request_pem)
        key, signed = request.public_key(), request.is_signature_valid
    except ValueError as e:
        raise ConfigError(f"not a signing request: {e}") from e
    if not signed:
        raise ConfigError("the signing request is not signed by its own key")
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigError("the signing request's key is not ECDSA P-256")
    return key


def key_of(request_pem: bytes) -> str:
    """SHA-256 (hexadecimal) of the public key in a signing request. Raises ConfigError for what is none."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key = check_request(request_pem).public_bytes(serialization.Encoding.DER, form)
    return hashlib.sha256(key).hexdigest()


def sign(key_pem: bytes, text: bytes) -> bytes:
    """ECDSA with SHA-256: the holder of the key says `text`."""
    return _key(key_pem).sign(text, ec.ECDSA(hashes.SHA256()))


def signed_by(certificate_pem: bytes, text: bytes, signature: bytes) -> str | None:
    """SHA-256 of the certificate (hex), if its key signed `text`; else None. ValueError for what is no certificate."""
    key = x509.load_pem_x509_certificate(certificate_pem).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return None
    try:
        key.verify(signature, text, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return None
    return fingerprint(certificate_pem).hex()


@dataclass(frozen=True, slots=True)
class CertificateHolder:
    """Whose certificate it is, and which."""

    name: str
    serial: str


def verified(
    authority: Pair, certificate_pem: bytes, text: bytes, signature: bytes, now: datetime
) -> CertificateHolder:
    """Who said `text`: a certificate of this authority that holds now, whose key signed it. Raises ConfigError.

    Whether it was revoked, the register knows.
    """
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate))
        key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ConfigError("the certificate's key is not an elliptic-curve key")
        key.verify(signature, text, ec.ECDSA(hashes.SHA256()))
    except (ValueError, TypeError, InvalidSignature) as e:
        raise ConfigError(
            "the certificate is not of this site, or the letter is not signed by its key"
        ) from e
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ConfigError("the certificate has ended; invite this unit anew")
    name = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return CertificateHolder(str(name), f"{certificate.serial_number:x}")


def sign_server(authority: Pair, hosts: Sequence[str], key_pem: bytes, now: datetime) -> bytes:
    """A server certificate for the host names and addresses under which the hub is reached."""
    public = _key(key_pem).public_key()
    return _leaf(authority, hosts[0], public, now, LEAF_DAYS, ExtendedKeyUsageOID.SERVER_AUTH, hosts)


def revocations(authority: Pair, revoked: dict[str, int], now: datetime) -> bytes:
    """The revocation list (PEM): serial numbers (hexadecimal) and the second (UTC) of their end."""
    root = x509.load_pem_x509_certificate(authority.certificate)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(now - CLOCK_SLACK)
        .next_update(now + timedelta(days=CRL_DAYS))
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for serial, second in sorted(revoked.items()):
        when = datetime.fromtimestamp(second, now.tzinfo)
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(when).build()
        )
    return builder.sign(_key(authority.key), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def only_certificate(pem: bytes) -> bytes:
    """The one certificate in `pem`, written anew. Raises ConfigError if there is any other block, or none.

    What is checked and what is trusted must be the same bytes: libraries read the first block, TLS trusts them all.
    """
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError as e:
        raise ConfigError(f"not a certificate: {e}") from e
    if len(found) != 1 or pem.count(b"-----BEGIN") != 1:
        raise ConfigError("there must be one certificate and nothing else")
    return found[0].public_bytes(serialization.Encoding.PEM)


def fingerprint(certificate_pem: bytes) -> bytes:
    """SHA-256 over the certificate (DER), 32 bytes."""
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest()


def issued(root_pem: bytes, certificate_pem: bytes, key_pem: bytes) -> bytes:
    """The one certificate in `certificate_pem`, written anew. Raises ConfigError if it is not of this root, or not
    for this key."""
    pem = only_certificate(certificate_pem)
    certificate = x509.load_pem_x509_certificate(pem)
    try:
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(root_pem))
    except (ValueError, TypeError, InvalidSignature) as e:
        raise ConfigError(
            "the hub's answer holds no certificate of its own authority; is it another hub?"
        ) from e
    if certificate.public_key() != _key(key_pem).public_key():
        raise ConfigError("the hub's answer holds a certificate for another key; join again with a new code")
    return pem


def serial_of(certificate_pem: bytes) -> str:
    """The certificate's serial number, in hexadecimal."""
    return f"{x509.load_pem_x509_certificate(certificate_pem).serial_number:x}"


def ends(certificate_pem: bytes) -> datetime:
    """When the certificate ends (UTC)."""
    return x509.load_pem_x509_certificate(certificate_pem).not_valid_after_utc


def hosts_of(certificate_pem: bytes) -> frozenset[str]:
    """The names and addresses a server certificate is for."""
    names = x509.load_pem_x509_certificate(certificate_pem).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    addresses = names.value.get_values_for_type(x509.IPAddress)
    return frozenset(
        (*names.value.get_values_for_type(x509.DNSName), *(str(address) for address in addresses))
    )


def _leaf(
    authority: Pair,
    name: str,
    public: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
    purpose: x509.ObjectIdentifier,
    hosts: Sequence[str],
) -> bytes:
    root = x509.load_pem_x509_certificate(authority.certificate)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(subject, root.subject, public, now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
    )
    if hosts:
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    signed = builder.sign(_key(authority.key), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + timedelta(days=days)) - CLOCK_SLACK)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError("the key is not an elliptic-curve key")
    return key

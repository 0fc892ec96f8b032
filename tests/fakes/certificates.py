"""Certificates of a test: an authority, and what it signs, as PEM files."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Signed(NamedTuple):
    cert: str
    key: str

    def contents(self) -> tuple[bytes, bytes]:
        return Path(self.cert).read_bytes(), Path(self.key).read_bytes()

    def in_one_file(self) -> str:
        """The name of a file with both."""
        return _written(Path(f"{self.cert}.both.pem"), b"".join(self.contents()))


class Authority:
    """Writes its files to `folder`; `ca` is its certificate's."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = _named(f"Test {name}")
        made = _begun(self._name, self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.ca = _written(folder / f"{name}.pem", made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def sign(self, name: str, file: str = "") -> Signed:
        """A certificate for `name`, localhost and 127.0.0.1. A second one with the same `file` (default: the name) replaces the first."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(name), x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        made = _begun(_named(name), self._name, key).add_extension(x509.SubjectAlternativeName(names), critical=False)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Signed(
            _written(self._folder / f"{file or name}.cert.pem", made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)),
            _written(self._folder / f"{file or name}.key.pem", private),
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    valid = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    return valid.serial_number(x509.random_serial_number())


def _written(file: Path, data: bytes) -> str:
    file.write_bytes(data)
    return str(file)

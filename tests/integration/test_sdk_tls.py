"""Encrypted connections."""

import ipaddress
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import renown
from renown import errors
from tests.integration.sdk_fakes import FakeServer


@pytest.fixture(scope="module")
def certificate() -> tuple[bytes, bytes]:
    """A private key and a certificate of its own for 127.0.0.1, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "renown test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, made.public_bytes(serialization.Encoding.PEM)


async def test_a_private_authority_is_trusted_when_told(certificate: tuple[bytes, bytes]) -> None:
    private, chain = certificate
    once = renown.RetryPolicy(max_attempts=1)
    async with FakeServer(grpc.ssl_server_credentials([(private, chain)])) as server:
        trusting = grpc.ssl_channel_credentials(root_certificates=chain)
        async with renown.connect(server.address, key="k.s", credentials=trusting) as game:
            await game.players.get("ada")
        # The authorities that gRPC knows have not signed it, and plaintext is no way in.
        async with renown.connect(server.address, key="k.s", tls=True, retry=once) as game:
            with pytest.raises(errors.Unavailable):
                await game.players.get("ada")
        async with renown.connect(server.address, key="k.s", retry=once) as game:
            with pytest.raises(errors.Unavailable):
                await game.players.get("ada")
    assert [call.metadata["authorization"] for call in server.calls] == ["Bearer k.s"]

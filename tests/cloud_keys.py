"""Credentials of every kind that google-auth knows, made here and now: none of them opens anything."""

import base64
import json
import time
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Info = dict[str, object]

NOWHERE = "http://127.0.0.1:1/token"
PROJECT = "my-project"
ACCOUNT = f"trainer@{PROJECT}.example.com"


@cache
def private_key() -> str:
    """An RSA key, in PEM; the same one for all of a process, because it takes a tenth of a second."""
    return _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


def service_account(token_uri: str = NOWHERE) -> Info:
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "1",
        "private_key": private_key(),
        "client_email": ACCOUNT,
        "client_id": "1",
        "token_uri": token_uri,
    }


def authorized_user(refresh: str = "refresh", token_uri: str = NOWHERE) -> Info:
    return {
        "type": "authorized_user",
        "client_id": "id",
        "client_secret": "hidden",
        "refresh_token": refresh,
        "token_uri": token_uri,
    }


def impersonated(source: Info, url: str = NOWHERE) -> Info:
    return {
        "type": "impersonated_service_account",
        "service_account_impersonation_url": f"{url}/v1/projects/-/serviceAccounts/{ACCOUNT}:generateAccessToken",
        "source_credentials": source,
        "delegates": [],
    }


def external_account(source: object, token_url: str = NOWHERE, subject: str = "oauth:token-type:jwt") -> Info:
    return {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/p",
        "subject_token_type": f"urn:ietf:params:{subject}",
        "token_url": token_url,
        "credential_source": source,
    }


def workforce(refresh: str = "refresh", token_url: str = NOWHERE) -> Info:
    return {
        "type": "external_account_authorized_user",
        "audience": "//iam.googleapis.com/locations/global/workforcePools/pool/providers/p",
        "refresh_token": refresh,
        "token_url": token_url,
        "token_info_url": NOWHERE,
        "client_id": "id",
        "client_secret": "hidden",
    }


def gdch(bundle: str = "") -> Info:
    return {
        "type": "gdch_service_account",
        "format_version": "1",
        "project": PROJECT,
        "private_key_id": "1",
        "private_key": _pem(ec.generate_private_key(ec.SECP256R1())),
        "name": "trainer",
        "ca_cert_path": bundle,
        "token_uri": NOWHERE,
    }


def jwt(seconds: float) -> str:
    """A token that ends so many seconds from now; its signature is none."""
    parts = ({"alg": "none"}, {"exp": int(time.time() + seconds)}, {})
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


def write_key(path: Path, info: Info) -> Path:
    """The file as gcloud writes it: for its owner alone."""
    path.write_text(json.dumps(info))
    path.chmod(0o600)
    return path

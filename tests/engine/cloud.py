"""A small Google Cloud on this machine: a token endpoint that checks who asks, and a storage that asks for tokens.

It speaks as much of OAuth 2 (RFC 7523, RFC 6749, RFC 8693) and of the JSON API of Cloud Storage as google-auth,
google-cloud-storage and gcloud use for a write, a read and a list.
"""

import base64
import hashlib
import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


class Cloud:
    """What the cloud knows: whom it trusts, what it gave, what it keeps."""

    def __init__(self, private_key: str) -> None:
        key = serialization.load_pem_private_key(private_key.encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey), "a service account has an RSA key"
        self.public_key = key.public_key()
        self.refresh_tokens: set[str] = set()
        self.subject_tokens: set[str] = set()
        self.deleted = False  # the account is no more
        self.seconds = 3600  # that a token is valid
        self.address = ""
        self.tokens: dict[str, str] = {}  # that were given: what for
        self.objects: dict[str, bytes] = {}  # 'bucket/name': content
        self.writers: dict[str, str] = {}  # 'bucket/name': what the token of the writer was given for

    def grant(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The answer of the token endpoint."""
        kind = form.get("grant_type", "")
        good = {
            JWT_BEARER: lambda: not self.deleted and self._is_signed(form["assertion"]),
            "refresh_token": lambda: form["refresh_token"] in self.refresh_tokens,
            EXCHANGE: lambda: form["subject_token"] in self.subject_tokens,
        }
        if kind not in good or not good[kind]():
            return 400, {"error": "invalid_grant", "error_description": "Invalid grant: account not found"}
        token = self._token(kind)
        issued = {"issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.seconds, **issued}

    def impersonate(self) -> dict[str, Any]:
        """The answer of IAM's generateAccessToken."""
        return {"accessToken": self._token("impersonation"), "expireTime": "2100-01-01T00:00:00Z"}

    def keep(self, place: str, content: bytes, token: str) -> dict[str, Any]:
        self.objects[place] = content
        self.writers[place] = self.tokens[token]
        return self.metadata(place)

    def metadata(self, place: str) -> dict[str, Any]:
        bucket, _, name = place.partition("/")
        address = f"{self.address}/storage/v1/b/{bucket}/o/{name}"
        return {
            "kind": "storage#object",
            "id": f"{place}/1",
            "bucket": bucket,
            "name": name,
            "size": str(len(self.objects[place])),
            "generation": "1",
            "metageneration": "1",
            "contentType": "text/plain",
            "md5Hash": base64.b64encode(hashlib.md5(self.objects[place]).digest()).decode(),  # noqa: S324  # the API's
            "selfLink": address,
            "mediaLink": f"{self.address}/download/storage/v1/b/{bucket}/o/{name}?alt=media",
        }

    def _token(self, kind: str) -> str:
        token = secrets.token_hex()
        self.tokens[token] = kind
        return token

    def _is_signed(self, assertion: str) -> bool:
        """RS256 (RFC 7518) by the key that the test made."""
        signed, _, signature = assertion.rpartition(".")
        try:
            self.public_key.verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return bool(json.loads(_decoded(signed.partition(".")[2]))["iss"])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    cloud: Cloud


class _Handler(BaseHTTPRequestHandler):
    """One request; whoever has no token of ours gets to the token endpoint only."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        cloud, url = self._cloud, urlsplit(self.path)
        if url.path == "/token":
            form = {name: values[0] for name, values in parse_qs(content.decode()).items()}
            return self._answer(*cloud.grant(form))
        if (token := self._token()) is None:
            return None
        if url.path.endswith(":generateAccessToken"):
            return self._answer(200, cloud.impersonate())
        upload = re.fullmatch(r"(?:/resumable)?/upload/storage/v1/b/([^/]+)/o", url.path)
        query = parse_qs(url.query)
        if upload is None or query.get("uploadType") != ["multipart"]:
            return self._answer(404, {"error": {"code": 404, "message": f"this cloud has no {self.path}"}})
        about, media = _parts(content)
        return self._answer(200, cloud.keep(f"{upload[1]}/{json.loads(about)['name']}", media, token))

    def do_GET(self) -> None:
        cloud, url = self._cloud, urlsplit(self.path)
        if self._token() is None:
            return None
        path = unquote(url.path.removeprefix("/download"))
        if bucket := re.fullmatch(r"/storage/v1/b/([^/]+)/o", path):
            places = [place for place in cloud.objects if place.startswith(f"{bucket[1]}/")]
            return self._answer(200, {"kind": "storage#objects", "items": [cloud.metadata(place) for place in places]})
        if bucket := re.fullmatch(r"/storage/v1/b/([^/]+)(/storageLayout)?", path):
            return self._answer(200, {"kind": "storage#bucket", "id": bucket[1], "name": bucket[1]})
        found = re.fullmatch(r"/storage/v1/b/([^/]+)/o/(.+)", path)
        place = f"{found[1]}/{found[2]}" if found else ""
        if place not in cloud.objects:
            return self._answer(404, {"error": {"code": 404, "message": f"this cloud has no {self.path}"}})
        if parse_qs(url.query).get("alt") == ["media"]:
            return self._send(200, cloud.objects[place], "application/octet-stream")
        return self._answer(200, cloud.metadata(place))

    def log_message(self, *_: object) -> None:
        """Nothing: pytest's output is for the test's own words."""

    @property
    def _cloud(self) -> Cloud:
        return cast(_Server, self.server).cloud

    def _token(self) -> str | None:
        """The token of the request, if it is one of ours; else the request is refused."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self._cloud.tokens:
            return token
        self._answer(401, {"error": {"code": 401, "message": "no token of this cloud"}})
        return None

    def _answer(self, code: int, value: dict[str, Any]) -> None:
        self._send(code, json.dumps(value).encode(), "application/json")

    def _send(self, code: int, content: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def served(cloud: Cloud, host: str) -> Iterator[str]:
    """The address of the cloud, while it is there."""
    server = _Server((host, 0), _Handler)
    server.cloud = cloud
    cloud.address = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield cloud.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _parts(content: bytes) -> list[bytes]:
    """The bodies of a multipart message (RFC 2046); its first line tells the boundary."""
    boundary = content.lstrip().partition(b"\n")[0].rstrip(b"\r")
    parts = content.split(boundary)[1:-1]
    return [re.split(rb"\r?\n\r?\n", part, maxsplit=1)[1].removesuffix(b"\n").removesuffix(b"\r") for part in parts]


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

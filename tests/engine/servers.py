"""A package index with a password and a forward proxy: real servers on an address of this machine, one per test."""

import base64
import http.client
import http.server
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from msgspec import Struct, field
from support import Files, docker


class Server(Struct, frozen=True, kw_only=True):
    """A server that runs, and what it was asked."""

    scheme: str = "http"
    host: str
    port: int
    user: str | None = None
    password: str | None = None
    granted: list[str] = field(default_factory=list)  # what it gave, in the order asked for

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def url(self, path: str = "", *, password: str | None = None) -> str:
        """With the user, and with a password that may be a wrong one."""
        return f"{self.scheme}://{self.user}:{password or self.password}@{self.address}{path}"


def bridge_address() -> str:
    """The address of this machine on the engine's bridge: containers and builds reach it, nobody else does."""
    return docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()


@contextmanager
def index_server(
    wheels: Files,
    host: str,
    *,
    user: str,
    password: str,
    more: Mapping[str, bytes] | None = None,
    certificate: Path | None = None,
    cacheable: bool = False,
) -> Iterator[Server]:
    """A "simple" index (PEP 503) of these wheels and sources, and more pages, for who knows the password.

    `cacheable`: it says of its files that they never change, as public indexes do.
    """
    pages = dict(more or {})
    for name, content in wheels.items():
        page = f"/simple/{name.partition('-')[0].replace('_', '-')}/"
        pages[f"/files/{name}"] = content if isinstance(content, bytes) else content.encode()
        pages[page] = pages.get(page, b"") + f'<a href="/files/{name}">{name}</a>'.encode()

    class Handler(_Quiet):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != _basic(user, password):
                self.answer(401, b"", {"WWW-Authenticate": 'Basic realm="packages"'})
            elif (path := urlsplit(self.path).path) not in pages:
                self.answer(404, b"")
            else:
                server.granted.append(path)
                forever = {"Cache-Control": "max-age=31536000, immutable"} if cacheable else {}
                self.answer(200, pages[path], {"Content-Type": "text/html"} if "/simple/" in self.path else forever)

    with _serving(Handler, host, certificate) as port:
        scheme = "https" if certificate else "http"
        server = Server(scheme=scheme, host=host, port=port, user=user, password=password)
        yield server


def certificate_of(host: str, path: Path) -> Path:
    """A certificate for this address, signed by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a company of this test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = Encoding.PEM
    path.write_bytes(
        key.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(pem),
    )
    return path


@contextmanager
def forward_proxy(host: str, *, user: str | None = None, password: str | None = None) -> Iterator[Server]:
    """A proxy for http, which passes on every GET."""

    class Handler(_Quiet):
        def do_GET(self) -> None:
            wanted = _basic(user, password) if user and password else None
            if self.headers.get("Proxy-Authorization") != wanted:
                self.answer(407, b"", {"Proxy-Authenticate": 'Basic realm="proxy"'})
                return
            parts = urlsplit(self.path)
            server.granted.append(parts.path)
            connection = http.client.HTTPConnection(parts.netloc, timeout=30)
            connection.request("GET", parts.path, headers=_some(self.headers, "Authorization", "Accept"))
            response = connection.getresponse()
            told = _some(response.headers, "Content-Type", "WWW-Authenticate")
            self.answer(response.status, response.read(), told)
            connection.close()

    with _serving(Handler, host) as port:
        server = Server(host=host, port=port, user=user, password=password)
        yield server


@contextmanager
def mirror_of(origin: str, host: str) -> Iterator[Server]:
    """A mirror of a site: what it is asked for, it asks there."""

    class Handler(_Quiet):
        def do_GET(self) -> None:
            server.granted.append(self.path)
            try:
                with urllib.request.urlopen(f"{origin}{self.path}", timeout=60) as response:  # noqa: S310  # a test says where
                    self.answer(response.status, response.read())
            except urllib.error.HTTPError as error:
                self.answer(error.code, b"")

    with _serving(Handler, host) as port:
        server = Server(host=host, port=port)
        yield server


class _Quiet(http.server.BaseHTTPRequestHandler):
    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.answer(405, b"")  # uv then asks for the whole file

    def log_message(self, format: str, *arguments: object) -> None:
        pass


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _some(headers: Message, *names: str) -> dict[str, str]:
    return {name: headers[name] for name in names if headers[name]}


@contextmanager
def _serving(handler: type[_Quiet], host: str, certificate: Path | None = None) -> Iterator[int]:
    with http.server.ThreadingHTTPServer((host, 0), handler) as listening:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()

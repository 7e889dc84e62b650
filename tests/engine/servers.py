"""A package index with a password and a forward proxy: real servers on an address of this machine, one per test."""

import base64
import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import urlsplit

from support import Files, docker


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that runs, and what it was asked."""

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
        return f"http://{self.user}:{password or self.password}@{self.address}{path}"


def bridge_address() -> str:
    """The address of this machine on the engine's bridge: containers and builds reach it, nobody else does."""
    return docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()


@contextmanager
def index_server(wheels: Files, host: str, *, user: str, password: str) -> Iterator[Server]:
    """A "simple" index (PEP 503) of these wheels and sources, for who knows the password."""
    pages: dict[str, bytes] = {}
    for name, content in wheels.items():
        page = f"/simple/{name.partition('-')[0].replace('_', '-')}/"
        pages[f"/files/{name}"] = content if isinstance(content, bytes) else content.encode()
        pages[page] = pages.get(page, b"") + f'<a href="/files/{name}">{name}</a>'.encode()

    class Handler(_Quiet):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != _basic(user, password):
                self.answer(401, b"", {"WWW-Authenticate": 'Basic realm="packages"'})
            elif self.path not in pages:
                self.answer(404, b"")
            else:
                server.granted.append(self.path)
                self.answer(200, pages[self.path], {"Content-Type": "text/html"} if "/simple/" in self.path else {})

    with _serving(Handler, host) as port:
        server = Server(host=host, port=port, user=user, password=password)
        yield server


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
def _serving(handler: type[_Quiet], host: str) -> Iterator[int]:
    with http.server.ThreadingHTTPServer((host, 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()

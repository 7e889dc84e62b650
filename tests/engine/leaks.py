"""The search for secrets in all that a build and a run leave behind, and in what every process is told meanwhile."""

import contextlib
import gzip
import os
import re
import subprocess
import tarfile
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, cast

from support import BASE, docker, fresh_name

from caliban.compiler.ir.base import BaseImage
from caliban.compiler.passes.mount_caches import uv_cache

_CHUNK = 1 << 20
_BASE = BaseImage(image=BASE, platform="linux/amd64", reason="", python="3.11")
_LOOK_INTO_CACHE = """
FROM {base}
ENV FRESH={fresh}
RUN --mount=type=cache,id={cache},target=/root/.cache/uv --mount=type=secret,id=sought,required=true \\
    du --summarize --bytes /root/.cache/uv | sed 's/^/size /'; \\
    grep -rlaFf /run/secrets/sought /root/.cache/uv | sed 's/^/found /'
"""


class Report(NamedTuple):
    """What was done; it travels with the test's result."""

    secrets: int
    size: int  # bytes that were read
    found: int


class Search:
    """One search: secrets by name, and the places where one of them turned up."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = {name: secret.encode() for name, secret in secrets.items()}
        assert all(len(secret) >= 16 for secret in self._secrets.values()), "too short to be told from chance"
        self._overlap = max(map(len, self._secrets.values()))
        self.found: set[tuple[str, str]] = set()  # where, and which
        self.size = 0

    @property
    def report(self) -> Report:
        return Report(len(self._secrets), self.size, len(self.found))

    def text(self, place: str, content: bytes | str) -> None:
        self.stream(place, [content if isinstance(content, bytes) else content.encode(errors="surrogateescape")])

    def stream(self, place: str, chunks: Iterable[bytes]) -> None:
        """A secret may lie across two chunks."""
        before = b""
        for chunk in chunks:
            self.size += len(chunk)
            window = before + chunk
            self.found |= {(place, name) for name, secret in self._secrets.items() if secret in window}
            before = window[-self._overlap :]

    def files(self, place: str, folder: Path, *, without: Iterable[Path] = ()) -> None:
        """Names, links and contents of all files below a folder, but for those in which a secret belongs."""
        left_out = set(without)
        for path in sorted(folder.rglob("*")):
            self.text(place, str(path))
            if path.is_symlink():
                self.text(place, str(path.readlink()))
            elif path.is_file() and path not in left_out:
                content = path.read_bytes()
                self.text(f"{place}: {path.name}", content)
                with contextlib.suppress(zlib.error):  # as records of builds are packed
                    self.text(f"{place}: {path.name}", zlib.decompress(content))

    def image(self, image: str) -> None:
        """Every layer, the configuration and the history."""
        self.text("image configuration", docker("image", "inspect", image))
        self.text("image history", docker("history", "--no-trunc", image))
        with (
            subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving,
            tarfile.open(fileobj=saving.stdout, mode="r|") as archive,
        ):
            for member in archive:
                self.text("layer", member.name)
                if (file := archive.extractfile(member)) is not None:
                    self.stream("layer", _unpacked(cast("IO[bytes]", file)))
        assert saving.returncode == 0, "docker save failed"

    def builds(self, docker_config: Path) -> int:
        """What the builder keeps of the builds of a client with this folder: arguments, metadata, logs. How many."""
        records = [path.name for path in docker_config.glob("buildx/refs/*/*/*")]
        for record in records:
            for what in ("inspect", "logs"):
                words = ["docker", "buildx", "history", what, record]
                answer = subprocess.run(words, capture_output=True, check=True)
                self.text(f"builder's {what}", answer.stdout + answer.stderr)
        return len(records)

    def cache(self) -> None:
        """What installers keep from build to build. The builder looks, and is lent what it looks for as a secret."""
        words = ["docker", "buildx", "build", "--progress", "plain", "--output", "type=cacheonly"]
        shown = subprocess.run(
            [*words, "--secret", "id=sought,env=SOUGHT", "-"],
            env={**os.environ, "SOUGHT": "\n".join(secret.decode() for secret in self._secrets.values())},
            input=_LOOK_INTO_CACHE.format(base=_BASE.image, cache=uv_cache(_BASE).id, fresh=fresh_name()),
            stderr=subprocess.PIPE,
            text=True,
            check=True,
        ).stderr
        [size] = re.findall(r"^#\d+ [\d.]+ size (\d+)", shown, re.MULTILINE)
        self.size += int(size)
        self.found |= {("cache", path) for path in re.findall(r"^#\d+ [\d.]+ found (.+)", shown, re.MULTILINE)}

    @contextmanager
    def processes(self) -> Iterator[None]:
        """The arguments of all processes of the machine, over and over while this lasts."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.002):
                self.text("arguments of processes", b"".join(arguments()))

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()


def arguments() -> Iterator[bytes]:
    """The arguments of each process of this machine."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended
            yield path.read_bytes()


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    """A layer as it is in the container; some engines store it compressed."""
    head = file.read(2)
    if head == b"\x1f\x8b":
        with gzip.open(cast("IO[bytes]", _Rejoined(head, file))) as unpacked:
            yield from _chunks(cast("IO[bytes]", unpacked))
    else:
        yield head
        yield from _chunks(file)


class _Rejoined:
    """A stream that cannot go back, with its first bytes in front again."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        head, self._head = self._head, b""
        return head + self._rest.read(size - len(head) if size >= 0 else -1)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk

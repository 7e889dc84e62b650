"""The base image in the IR: what it must offer, until `choose_base` has chosen one."""

from msgspec import Struct

from caliban.compiler.facts.image_reference import by_digest
from caliban.compiler.facts.images import mirrored
from caliban.compiler.facts.tables import SHIPPED, Tables
from caliban.compiler.input.config import TorchOrigin
from caliban.compiler.input.host_wheels import HostWheel
from caliban.compiler.input.invocation import Mode
from caliban.compiler.input.user_dockerfile import UserDockerfile
from caliban.compiler.locks.lock import Lock

VERSION_FILES = (".python-version", "runtime.txt")  # a choice, where a manifest gives a range


class BaseNeed(Struct, frozen=True, kw_only=True):
    """What the base image must offer; `choose_base` turns it into a `BaseImage`."""

    mode: Mode
    platform: str  # 'linux/amd64'
    given: str | None = None  # an image that the user names
    given_by: str | None = None  # '--base_image', '.calibanconfig.json'
    dockerfile: UserDockerfile | None = None  # or a Dockerfile of the user's
    host_python: str  # '3.11'
    python: str | None = None  # None until `choose_python`
    python_reason: str | None = None
    python_facts: tuple["PythonNeed", ...] = ()
    packages: tuple["Pin", ...] = ()  # declared requirements that the decision may depend on
    constraints: tuple["Pin", ...] = ()  # of `-c`: they limit what is required, and require nothing
    indexes: tuple[str, ...] = ()  # index options of the user's files: '--extra-index-url https://…/whl/cu126'
    options: tuple[str, ...] = ()  # others, by which no pass decides: '--pre', '--find-links wheels'
    unread: tuple[str, ...] = ()  # places of lines that only the installer understands in full
    cuda: "CudaNeed | None" = None  # which torch is to bring, where a file says so without saying it of torch itself
    system: str = "Linux"  # of the host: on 'Darwin' no container sees a GPU
    driver: str | None = None  # of the host's GPU, where one can be seen
    capability: str | None = None  # of the host's GPU: '8.0'
    mirror: str | None = None
    apt_mirror: str | None = None  # 'https://mirror.example.com'
    torch_origin: TorchOrigin | None = None  # None: nobody says
    torch_at_hand: tuple[HostWheel, ...] | None = None  # in wheel folders of the host; None: it has no such folder
    runs_python: bool = True  # whether a Python starts what runs in it
    compiles: str | None = None  # where the project's code compiles CUDA when it runs: 'ops.py:12'
    rewrites: bool = True  # whether a pass may have something else installed than what is declared
    tables: Tables = SHIPPED
    locks: tuple[Lock, ...] = ()  # what they hold has files for some Pythons only

    @property
    def named(self) -> bool:
        """Whether the user names the base."""
        return self.given is not None or self.dockerfile is not None


class PythonNeed(Struct, frozen=True, kw_only=True):
    """A constraint on the Python version and who made it."""

    specifier: str  # '>=3.9,<3.13'
    source: str  # '--python', 'pyproject.toml:4'
    exact: bool = False  # a choice, not a range: --python, .python-version
    advice: bool = False  # neither: preferred if the ranges allow it


class CudaNeed(Struct, frozen=True, kw_only=True):
    """A wish for a CUDA of torch and who made it."""

    version: str  # '11.3'; 'cpu': none
    source: str  # 'environment.yml:4'


class Pin(Struct, frozen=True, kw_only=True):
    """A declared requirement, for decisions."""

    name: str  # normalized: 'torch'
    text: str  # as written: 'torch==2.8.0; python_version < "3.13"'
    source: str  # 'requirements.txt:1'


class BaseImage(Struct, frozen=True, kw_only=True):
    """The base image, chosen."""

    image: str  # 'python:3.11-slim-bookworm'
    platform: str
    reason: str  # the comment over FROM, without '#'
    python: str | None  # '3.11'; None: what `FindPython` finds
    env: tuple[tuple[str, str], ...] = ()  # for every process in the image
    provides: tuple[str, ...] = ()  # packages of the system that it brings and a slim one does not: 'gcc'
    own: bool = True  # our choice, so packages go into a venv; a base the user names has its own Python
    dockerfile: UserDockerfile | None = None  # the user's, spelled before ours
    mirror: str | None = None
    apt_mirror: str | None = None
    lent_wheels: bool = False  # whether the host has wheel folders: what installs finds wheels of theirs
    digests: tuple[tuple[str, str], ...] = ()  # of images that the build takes something from: name, 'sha256:…'

    @property
    def origin(self) -> str:
        """The image that it all starts from."""
        return self.image if self.dockerfile is None else self.dockerfile.origin

    @property
    def reference(self) -> str:
        """How FROM names it."""
        return self.image if self.dockerfile is not None else self.as_pinned(self.image)

    def as_pinned(self, image: str) -> str:
        """How an image is named where the build takes something from it: by the mirror, and by its digest if known."""
        mirror = mirrored(image, self.mirror)
        digest = next((digest for name, digest in self.digests if mirrored(name, self.mirror) == mirror), None)
        return mirror if digest is None else by_digest(mirror, digest)

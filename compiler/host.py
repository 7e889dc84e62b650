"""What only a process or the machine can tell, as a value; `runtime/observing` observes it, golden cases spell it."""

from collections.abc import Mapping

from msgspec import Struct, field

from caliban.compiler.effects import Changes
from caliban.compiler.locks.steps import InstallPins

CONTAINERD = "containerd"  # a store of the engine: https://docs.docker.com/engine/storage/containerd/


class Credentials(Struct, frozen=True, kw_only=True):
    """Credentials for Google Cloud that were checked; of their content, only names are kept."""

    path: str  # absolute, on the host
    source: str  # who named them: '--cloud_key', '$GOOGLE_APPLICATION_CREDENTIALS'
    kind: str  # for people: 'a service-account key'
    project: str | None  # the cloud project that the run is to use
    account: str | None = None  # 'trainer@my-project.iam.gserviceaccount.com', where the file tells
    beside: tuple[str, ...] = ()  # files that they refer to, at the same path in the container: a token, a CA


class Bundle(Struct, frozen=True, kw_only=True):
    """A file of certificates that the host's programs trust."""

    variable: str  # by which they are told: 'SSL_CERT_FILE'
    path: str  # absolute, on the host


class Proxies(Struct, frozen=True, kw_only=True):
    """The variables that name the host's proxies; never their values, which may hold a password."""

    names: tuple[str, ...] = ()  # 'HTTPS_PROXY', 'no_proxy'
    guarded: bool = False  # whether a value holds a password: then they are no build arguments


class HostFile(Struct, frozen=True, kw_only=True):
    """A file that the user's environment names, wherever it is."""

    path: str  # as it is named
    text: str


class History(Struct, frozen=True, kw_only=True):
    """What is known of earlier commits and builds; empty where nothing is."""

    commits: int = 0  # that were looked at
    committed: Mapping[str, int] = field(default_factory=dict)  # in how many of them a file or folder changed
    built: Mapping[str, Changes] = field(default_factory=dict)  # how often a copied folder changed between builds
    layer_orders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of the last image, by its mode
    bands: Mapping[str, tuple[InstallPins, ...]] = field(default_factory=dict)  # of its locks, by its mode

    def changes_of(self, path: str) -> Changes:
        """How often a folder changed; commits tell nothing of one that is in none of them."""
        times = self.committed.get(path, 0)
        built = self.built.get(path, Changes())
        return Changes(times=times + built.times, of=(self.commits if times else 0) + built.of)


NO_HISTORY = History()


class Host(Struct, frozen=True, kw_only=True):
    """The machine and the user, as far as a compilation depends on them."""

    root: str  # the absolute path of the current directory: the project
    uid: int
    gid: int
    user: str
    python: str  # the minor of the interpreter that runs caliban: '3.11'
    platform: str  # what images are built for by default: 'linux/amd64'
    memory: int  # bytes
    environment: Mapping[str, str] = field(default_factory=dict)
    terminal: tuple[int, int] | None = None  # columns, lines
    system: str = "Linux"  # the kernel's name: on 'Darwin', containers run in a virtual machine
    gpu_driver: str | None = None  # '550.54.15'
    gpu_capability: str | None = None  # '8.0'
    stdin: str | None = None  # its text, where an experiment config comes from there
    credentials: Credentials | None = None
    bundles: tuple[Bundle, ...] = ()
    proxies: Proxies = Proxies()
    tables: HostFile | None = None  # $CALIBAN_TABLES
    history: History = NO_HISTORY
    store: str | None = None  # where the engine keeps images: CONTAINERD, 'overlay2'; None: nobody asked it yet
    version: str | None = None  # PEP 440, from `git describe`, where the project takes its version from git

"""The caller of caliban and his machine, as far as no process must be asked; `runtime/observing` reads it."""

from collections.abc import Mapping

from msgspec import Struct, field


class Credentials(Struct, frozen=True, kw_only=True):
    """Credentials for Google Cloud that were checked; of their content, only names are kept."""

    path: str  # absolute, on the host
    source: str  # who named them: '--cloud_key', '$GOOGLE_APPLICATION_CREDENTIALS'
    kind: str  # for people: 'a service-account key'
    project: str | None  # the cloud project that the run is to use
    account: str | None = None  # 'trainer@my-project.iam.gserviceaccount.com', where the file tells
    referenced_files: tuple[str, ...] = ()  # files that they refer to, at the same path in the container: a token, a CA


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


class Caller(Struct, frozen=True, kw_only=True):
    """The machine, the user and this process, as far as a survey depends on them."""

    root: str  # the absolute path of the current directory: the project
    python: str  # the minor of the interpreter that runs caliban: '3.11'
    platform: str  # what images are built for by default: 'linux/amd64'
    group: str = "xgroup"  # the experiment group of a sweep that is given none: 'me-xgroup-2026-11-30-21-00-00'
    environment: Mapping[str, str] = field(default_factory=dict)
    terminal: tuple[int, int] | None = None  # columns, lines
    system: str = "Linux"  # the kernel's name: on 'Darwin', containers run in a virtual machine
    streams: frozenset[tuple[int, int]] = frozenset()  # device and inode of the files that its own output goes to
    state: str | None = None  # caliban's own folder, where that lies in the project: '.state', there already or not
    logical_root: str | None = None  # the root by the name that the user's shell has for it, by way of a link
    stdin: str | None = None  # its text, where an experiment config comes from there
    credentials: Credentials | None = None
    bundles: tuple[Bundle, ...] = ()
    proxies: Proxies = Proxies()
    tables: HostFile | None = None  # $CALIBAN_TABLES

    def by_root(self, path: str) -> str:
        """A path as typed, with the root's own name in place of one that leads there by a link."""
        link = self.logical_root
        if link is not None and f"{path}/".startswith(f"{link}/"):
            return f"{self.root}{path[len(link) :]}"
        return path

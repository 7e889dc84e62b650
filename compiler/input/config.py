"""The project's config, and the settings merged from it, the command line and the environment."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

from caliban.compiler.input.invocation import EngineArgument, Mode, Variable

# PyTorch's own index, one in its place, or whatever index the machine has for all packages.
TorchOrigin = Literal["pytorch", "mirror", "default"]


class Config(Struct, frozen=True, kw_only=True):
    """`.calibanconfig.json` or `[tool.caliban]`, checked against the schema."""

    source: str | None = None  # the file it came from
    apt_packages: Mapping[Mode, tuple[str, ...]] | None = None
    base_image: Mapping[Mode, tuple[str, str]] = field(default_factory=dict)  # image or Dockerfile, and where it stands
    dependencies: tuple[str, ...] = ()
    python: str | None = None
    env: tuple[Variable, ...] = ()
    engine_args: tuple[EngineArgument, ...] = ()
    default_mode: Mode | None = None
    build_secrets: tuple[str, ...] = ()  # names of environment variables
    registry_mirror: str | None = None
    apt_mirror: str | None = None
    torch_index: str | None = None
    platform: str | None = None
    tables: str | None = None  # a file of the project: 'tables.json'
    gcloud: bool | None = None  # None: where there are credentials for it
    rewrite_requirements: bool | None = None
    install_project: bool | None = None


class TorchIndex(Struct, frozen=True, kw_only=True):
    """The origin of torch and its family."""

    origin: TorchOrigin
    url: str | None = None  # of a mirror; it may hold a password
    source: str | None = None  # '--torch_index', '$CALIBAN_TORCH_INDEX', '.calibanconfig.json'


class Settings(Struct, frozen=True, kw_only=True):
    """Decided, with the source where a comment or a message names it."""

    mode: Mode
    base_image: str | None  # an image, or a Dockerfile of the project
    base_source: str | None  # '--base_image', '.calibanconfig.json:3'
    python: str | None
    python_source: str | None
    platform: str | None
    mirror: str | None
    apt_packages: tuple[str, ...]
    build_secrets: tuple[str, ...]
    granted_secrets: tuple[str, ...]  # those of them that the user named: a config can ask, not take
    install_project: bool = True  # or only what it depends on
    rewrites: bool  # whether something else may be installed than what is declared
    env: tuple[Variable, ...]
    engine_args: tuple[EngineArgument, ...]  # of the environment and the config; those of the flag come after them
    epoch: int | None = None  # $SOURCE_DATE_EPOCH
    apt_mirror: str | None = None  # 'https://mirror.example.com', without a final slash
    torch_index: TorchIndex | None = None  # None: nobody says
    typed_secrets: tuple[str, ...] = ()  # of the granted ones, those of --build_secret: they must be set

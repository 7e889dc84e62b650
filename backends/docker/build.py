"""A plan into the command line of `docker buildx build`."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from caliban.backends.command import Command
from caliban.backends.docker.host_wheels import HOST_WHEELS, wheel_groups
from caliban.backends.docker.uv import TORCH_INDEX
from caliban.backends.docker.words import INDEXES, csv_value, tag_name
from caliban.compiler.facts.tools import UV_IMAGE, UV_VERSION
from caliban.compiler.input.machine import Machine
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import ExistingImage, Plan

LABEL = "caliban=image"
# The builder rewrites no times of an image that it puts into the engine's store itself: "conflicts with unpack"
# (docker/cli #5256). Provenance would tell when it was built.
_ARCHIVE = ("--provenance=false", "--output", "type=oci,rewrite-timestamp=true,dest=-")
_LOAD = ("docker", "load")


class BuildSite(Struct, frozen=True, kw_only=True):
    """The facts that a real build needs beyond its Dockerfile; a dry run needs none."""

    dockerfile: str
    context: str
    contexts: tuple[tuple[str, str], ...] = ()  # name, folder: in place of a stage or an image
    secrets: tuple[tuple[str, str], ...] = ()  # id, file
    secret_variables: tuple[tuple[str, str], ...] = ()  # id, name of the variable in the client's environment
    indexes: str = ""  # what tells those that are asked from others
    host_network: bool = False
    archive: bool = False  # the image comes as an archive: only there does the builder rewrite times
    tags: tuple[str, ...] = ()


class Offer(NamedTuple):
    """A variable by which whoever runs a printed build command lends it what a real build has."""

    variable: str
    words: str  # of the command, for a shell: nothing where the variable is not set
    note: str


def offers_of(plan: Plan, dockerfile: str) -> list[Offer]:
    """Those that matter to a Dockerfile."""
    if isinstance(plan.image, ExistingImage) or not isinstance(plan.image.base, BaseImage):
        return []
    uv, torch = plan.image.base.as_pinned(UV_IMAGE), f"id={TORCH_INDEX},env={TORCH_INDEX}"
    made = f"pip install --target DIR uv=={UV_VERSION}, and CALIBAN_UV=DIR/bin"
    offers = {
        f"from={uv},": _offer(
            "CALIBAN_UV",
            ("--build-context", f"{uv}=$CALIBAN_UV"),
            f"a folder with the program uv, where the registry of its image cannot be reached ({made})",
        ),
        f"from={HOST_WHEELS},": _offer(
            "CALIBAN_WHEELS",
            ("--build-context", f"{HOST_WHEELS}=$CALIBAN_WHEELS"),
            f"wheels as GROUP/FOLDER/FILE, for the groups {', '.join(wheel_groups(plan.image))}; no links",
        ),
        torch: _offer(TORCH_INDEX, ("--secret", torch), "the index of torch; else PyTorch's own"),
    }
    return [offer for marker, offer in offers.items() if marker in dockerfile]


def _offer(variable: str, option: tuple[str, str], note: str) -> Offer:
    name, value = option
    return Offer(variable, f'${{{variable}:+{name}}} ${{{variable}:+"{value}"}}', note)


def image_tag(plan: Plan) -> str:
    """The tag of a project's image: 'caliban/example:cpu'."""
    if isinstance(plan.image, ExistingImage):
        return plan.image.reference
    return f"caliban/{tag_name(plan.project)}:{plan.mode}"


def platform_option(plan: Plan) -> list[tuple[str, str]]:
    """The option for a platform that was asked for."""
    return [("--platform", plan.platform)] if plan.platform else []


def build_command(plan: Plan, dockerfile: str, machine: Machine, site: BuildSite | None = None) -> Command:
    """`docker buildx build`; without a site, of the project's folder, the Dockerfile on its standard input."""
    tags = (image_tag(plan), *(site.tags if site else ()), *((plan.tag,) if plan.tag else ()))
    groups: list[Sequence[str]] = [
        ("docker", "buildx", "build"),
        *platform_option(plan),
        ("--build-arg", f"CALIBAN_UID={machine.uid}", "--build-arg", f"CALIBAN_GID={machine.gid}"),
        *(("--build-arg", name) for name in plan.proxies),
        *_epoch(plan),
        ("--label", LABEL),
        *(("--tag", tag) for tag in tags),
    ]
    if plan.no_cache:
        groups.append(("--no-cache",))
    archive = plan.epoch is not None if site is None else site.archive
    reader = _LOAD if archive else ()
    if site is None:
        groups += [_ARCHIVE if archive else (), ("--file", "-"), (plan.root,)]
        return Command(
            groups=tuple(map(tuple, groups)),
            stdin=dockerfile,
            reader=reader,
            offers=tuple(offer.words for offer in offers_of(plan, dockerfile)),
        )
    groups += [("--build-arg", f"{INDEXES}={site.indexes}")] if site.indexes else []
    groups += [("--build-context", f"{name}={folder}") for name, folder in site.contexts]
    groups += [("--secret", csv_value(f"id={name}", f"src={file}")) for name, file in site.secrets]
    groups += [("--secret", csv_value(f"id={name}", f"env={variable}")) for name, variable in site.secret_variables]
    groups += [("--network", "host")] if site.host_network else []
    groups += [_ARCHIVE if archive else ("--load",), ("--file", site.dockerfile), (site.context,)]
    return Command(groups=tuple(map(tuple, groups)), reader=reader)


def _epoch(plan: Plan) -> list[tuple[str, str]]:
    """For the builder itself: a RUN sees it only where its Dockerfile declares it."""
    return [("--build-arg", f"SOURCE_DATE_EPOCH={plan.epoch}")] if plan.epoch is not None else []

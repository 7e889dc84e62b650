"""Reads what the engine answers: text in, values out, pure."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from caliban.compiler.facts.image_stores import CONTAINERD

IMAGE_ID = "{{.Id}}"
IMAGE_SIZE = "{{.Size}}"
LAYER = "{{.Size}} {{json .CreatedBy}}"
IMAGE_NAMES = "{{json .RepoTags}}"
IMAGE_NAME_COUNT = "{{len .RepoTags}}"
IMAGE_DIGESTS = "{{.Id}} {{json .RepoDigests}}"
STORE = "{{.Driver}} {{json .DriverStatus}}"
FOLDER = "[{{json .Name}}, {{json .DockerRootDir}}]"
WRITTEN_SIZE = "{{.SizeRw}}"
STATE = (
    '{"state": {{json .State}}, "memory": {{.HostConfig.Memory}}, "driver": {{json .GraphDriver}}, '
    '"mounts": {{json .Mounts}}, "tmpfs": {{json .HostConfig.Tmpfs}}, "image": {{json .Image}}}'
)

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class ContainerState(NamedTuple):
    """The state of a container, and how it ended."""

    code: int
    status: str  # 'created', 'running', 'exited'
    error: str  # why the engine could not start it; empty where it could
    out_of_memory: bool
    memory_limit: int  # bytes; 0: none
    upper: str | None  # the folder of the overlay file system that holds what the container wrote
    lowers: tuple[str, ...] = ()  # those that hold its image, the uppermost first
    mounts: tuple[str, ...] = ()  # paths in the container at which something is mounted that outlives it
    volumes: tuple[str, ...] = ()  # paths that its image declares as volumes: what is written there goes with it
    image: str = ""  # its id

    @property
    def began(self) -> bool:
        """Return whether the engine started its program."""
        return self.status != "created"

    @property
    def ended(self) -> bool:
        """Return whether its program has ended."""
        return self.status not in ("created", "running")


class ListedContainer(NamedTuple):
    """A container in a listing."""

    name: str  # 'caliban-digits-3f9a-1-07ab'
    status: str  # 'running'
    labels: tuple[str, ...]  # the values of the labels that were asked for


class ContainerChange(NamedTuple):
    """A path in a container that is not as in its image."""

    kind: str  # 'A' added, 'C' changed, 'D' deleted
    path: str  # '/usr/app/out'


def read_folder(text: str, host: str) -> str | None:
    """The folder in which an engine keeps its data, where the engine is on the machine of this name."""
    try:
        name, folder = json.loads(text)
    except (ValueError, TypeError):
        return None
    return folder if name == host and isinstance(folder, str) and folder else None


def container_columns(labels: Sequence[str]) -> str:
    """The template of a listing that `read_containers` reads."""
    return "\t".join(("{{.Names}}", "{{.State}}", *(f'{{{{.Label "{label}"}}}}' for label in labels)))


def read_containers(text: str) -> list[ListedContainer]:
    """The rows of a listing."""
    rows = (line.split("\t") for line in text.splitlines())
    return [ListedContainer(row[0], row[1], tuple(row[2:])) for row in rows if len(row) > 1]


def read_state(text: str) -> ContainerState:
    """The answer to `STATE`."""
    answer = json.loads(text)
    state, layers = answer["state"], (answer["driver"] or {}).get("Data") or {}
    mounts = answer.get("mounts") or ()
    return ContainerState(
        code=state["ExitCode"],
        status=state["Status"],
        error=state.get("Error") or "",
        out_of_memory=bool(state.get("OOMKilled")),
        memory_limit=answer["memory"],
        upper=layers.get("UpperDir"),
        lowers=tuple(layers["LowerDir"].split(":")) if layers.get("LowerDir") else (),
        mounts=(*(each["Destination"] for each in mounts if not _is_anonymous(each)), *(answer.get("tmpfs") or {})),
        volumes=tuple(each["Destination"] for each in mounts if _is_anonymous(each)),
        image=answer.get("image") or "",
    )


def _is_anonymous(mount: Mapping[str, str]) -> bool:
    """Return whether a mount is a volume of a `VOLUME` instruction: docker names it by 64 hexadecimal digits."""
    return mount.get("Type") == "volume" and re.fullmatch(r"[0-9a-f]{64}", mount.get("Name", "")) is not None


def read_store(text: str) -> str | None:
    """The image store in the answer to `STORE`: CONTAINERD, or the graph driver, 'overlay2'; None if it is empty."""
    driver, _, status = text.strip().partition(" ")
    return CONTAINERD if "io.containerd.snapshotter.v1" in status else driver or None


def read_layers(text: str) -> list[tuple[str, int]]:
    """The answers to `LAYER`: what made each layer, and its bytes; a line that says neither is passed over."""
    found = []
    for line in text.splitlines():
        count, _, made_by = line.partition(" ")
        with suppress(ValueError):
            found.append((str(json.loads(made_by)), int(count)))
    return found


def read_changes(lines: Iterable[str]) -> Iterator[ContainerChange]:
    """The lines of a diff, without their ends; what begins no change is the rest of a name with a line end in it."""
    begun: ContainerChange | None = None
    for line in lines:
        kind, _, path = line.partition(" ")
        if kind in ("A", "C", "D") and path.startswith("/"):
            if begun is not None:
                yield begun
            begun = ContainerChange(kind, path)
        elif begun is not None:
            begun = begun._replace(path=f"{begun.path}\n{line}")
    if begun is not None:
        yield begun


def read_digest(text: str) -> str | None:
    """The first digest in a text."""
    found = _DIGEST.search(text)
    return found[0] if found is not None else None


def read_names(text: str) -> list[str]:
    """The answer to `IMAGE_NAMES`."""
    names: list[str] | None = json.loads(text)
    return names or []


def read_pulled_digest(text: str) -> str | None:
    """The registry's digest of an image in the answer to `IMAGE_DIGESTS`.

    An image that was built here, or loaded, has no digest that anybody else knows. In containerd's store every image
    has one, its id: nothing there says whether it was pulled.
    """
    identity, _, digests = text.partition(" ")
    found: list[str] = json.loads(digests) or []
    digest = read_digest(found[0]) if found else None
    return digest if digest != identity else None


def last_line(text: str) -> str:
    """The last line that is not blank."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""

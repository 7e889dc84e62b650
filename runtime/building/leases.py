"""Leases of images in use: one more name on the engine, so that neither caliban nor `docker image prune` removes them.

A lease says itself when it ends, so any caliban of its user can remove it, whatever became of the index of the one that
made it: 'caliban/digits:lease-OWNER' ends with a process, 'caliban/digits:lease-until-DATE-IMAGE' after a day.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

from caliban.backends.docker.words import tag_name
from caliban.compiler.diagnostics import Rejected
from caliban.compiler.ir.plan import ExistingImage, Plan
from caliban.runtime.engine.engine import Engine
from caliban.runtime.execute import Future
from caliban.runtime.running.owner import is_gone, owner_of_process

DAYS = 7  # that an image stays after `caliban build` printed its id
_DATED = re.compile(r"lease-until-(\d{4}-\d\d-\d\d)-[0-9a-f]{24}")
_OWNED = re.compile(r"lease-(\d+)-(\d+)-([^-]*)-(.+)-([0-9a-f]{12})-[0-9a-f]{8}")


@contextmanager
def leased(plan: Plan, image: str, engine: Engine) -> Iterator[None]:
    """Keeps the image of a sweep while this lasts. Raises Rejected where the engine does not have it any more.

    A single run needs no lease: its container holds the image. At the end, an image of caliban's without another name
    goes, because it was superseded meanwhile; one that the user named is left as it would be without us.
    """
    users, nameless = list[str](), False
    if plan.job.launches.sweep and isinstance(plan.image, ExistingImage):
        names = engine.image_names(image)
        users, nameless = [name for name in names if not name.startswith("caliban/")], not names
    if not plan.job.launches.sweep or nameless:  # the end of a lease would remove an image without a name
        yield
        return
    lease = f"caliban/{tag_name(plan.project)}:{_owned_tag()}"
    engine.tag_image(image, lease)
    try:
        yield
    finally:
        if users:
            with suppress(Rejected):  # the user removed the name
                engine.tag_image(users[0], lease)  # so that the end of the lease removes a name and no image
        engine.remove_image(lease)


def lease_for_days(plan: Plan, image: str, engine: Engine) -> None:
    """Keeps an image for `DAYS` days. Raises Rejected where the engine does not have it any more."""
    name = image.removeprefix("sha256:")[:24]
    engine.tag_image(image, f"caliban/{tag_name(plan.project)}:lease-until-{_date(DAYS)}-{name}")


def ended_leases(engine: Engine) -> Future[list[str]]:
    """Asks for the leases that have ended: by their date, or with their process."""
    return engine.names_like("caliban/*:lease-*").then(lambda names: [name for name in names if has_ended(name)])


def has_ended(lease: str) -> bool:
    """Return whether a lease has certainly ended; of other users' or hosts' processes, nobody knows."""
    tag = lease.rpartition(":")[2]
    if (dated := _DATED.fullmatch(tag)) is not None:
        return dated[1] < _date(0)
    if (owned := _OWNED.fullmatch(tag)) is None:
        return False
    here = os.uname().nodename
    return is_gone(":".join(owned.groups()[:4]), here if owned[5] == _digest(here) else "")


def _owned_tag() -> str:
    """Of this process; at most 128 characters, as the names of hosts are not, and several of one process differ."""
    owner, host = owner_of_process()
    return f"lease-{owner.replace(':', '-')}-{_digest(host)}-{os.urandom(4).hex()}"


def _date(days: int) -> str:
    """The day, in UTC, so many days from now: '2026-12-07'."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * 86_400))


def _digest(host: str) -> str:
    return sha256(os.fsencode(host)).hexdigest()[:12]

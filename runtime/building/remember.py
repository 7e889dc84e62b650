"""Remembers a build for the next one and for people."""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from caliban.compiler.input.machine import Machine
from caliban.compiler.input.project import FileFact
from caliban.compiler.ir.plan import Plan, Recipe
from caliban.compiler.ir.steps.copies import CopyFolder
from caliban.runtime.building.bands import render_bands
from caliban.runtime.building.content import Content, short
from caliban.runtime.building.records import Record, keep_record
from caliban.runtime.building.timeline import Vertex
from caliban.runtime.say import report
from caliban.runtime.session import Session
from caliban.runtime.state import problems
from caliban.runtime.state.index import Image, RecordedLayer


class Draft(NamedTuple):
    """The facts about a build that are known before its end."""

    layers: list[RecordedLayer]  # what the order of the next image's layers depends on
    bands: str
    files: Mapping[str, str]  # that it could read, as a record has them


class Built(NamedTuple):
    """A build that succeeded."""

    image: Image
    dockerfile: str
    timeline: tuple[Vertex, ...]
    store: str | None  # where the engine keeps it; None where that was not asked
    indexes: str  # what tells those that were asked from others
    log: str  # all that the builder said


def draft(recipe: Recipe, content: Content, files: Sequence[FileFact], session: Session) -> Draft | None:
    """All that takes time, made while the builder works; None where nothing can be remembered."""
    if session.index is None:
        return None
    entries = content.digests
    if not entries:  # nothing was looked at, because nothing had changed: so the index knows it
        try:
            digests = session.index.digests(session.root)
        except sqlite3.Error as error:
            report(problems.state_forgotten(session.index.path, error))
            return None
        entries = [(fact, digests.get(fact, b"")) for fact in files]
    paths = ((step.effects.name, step.path if isinstance(step, CopyFolder) else None) for step in recipe.steps)
    return Draft(
        layers=[RecordedLayer(name, path, content.of_folder(path) if path else None) for name, path in paths],
        bands=render_bands(recipe),
        files={fact.path: short(digest) for fact, digest in entries},
    )


def remember(plan: Plan, draft: Draft | None, built: Built, session: Session) -> None:
    """Its image, its layers and its record; what cannot be written is told, and no reason to fail."""
    if session.index is None or draft is None:
        return
    root = session.root
    try:
        with session.index.transaction():
            session.index.note_image(root, plan.mode, built.image)
            session.index.note_layers(root, plan.mode, draft.layers)
            session.index.note_bands(root, plan.mode, draft.bands)
            if built.store is not None:
                session.index.note_store(session.engine.address, built.store)
        keep_record(session.folder, root, plan.mode, _record(plan, session.machine, draft, built), built.log)
    except (sqlite3.Error, OSError) as error:
        report(problems.state_forgotten(session.index.path, error))


def _record(plan: Plan, machine: Machine, draft: Draft, built: Built) -> Record:
    return Record(
        when=time.time(),
        image=built.image.image,
        base=built.image.base,
        dockerfile=built.dockerfile,
        owner=f"{machine.uid}:{machine.gid}",
        platform=plan.platform,
        epoch=plan.epoch,
        indexes=built.indexes,
        files=draft.files,
        timeline=built.timeline,
    )

"""Problems of choosing the Python: wishes and wheels that exclude each other, each with a version that would work."""

from collections.abc import Sequence

from caliban.compiler.diagnostics import Diagnostic
from caliban.compiler.facts.places import place_of_source


def unknown_python(text: str, source: str, oldest: str) -> Diagnostic:
    """A choice that names no Python minor, or one that nothing can install into any more."""
    return Diagnostic(
        code="unknown-python",
        message=f"no Python that caliban can use: '{text}'",
        place=place_of_source(source),
        hint=f"name a minor version from {oldest} on, for example --python 3.11; or a base of your own: --base_image",
    )


def python_contradiction(minor: str, chosen_by: str, specifier: str, source: str, works: str | None) -> Diagnostic:
    """A chosen Python that the project itself rules out."""
    return Diagnostic(
        code="python-contradiction",
        message=f"{chosen_by} chooses Python {minor}, but {source} asks for {specifier}",
        place=place_of_source(chosen_by),
        hint=f"use --python {works}, or change {source}" if works else f"change {source}",
    )


def no_python(ranges: Sequence[tuple[str, str]], known: str, way_out: tuple[str, str] | None) -> Diagnostic:
    """Ranges that no known Python is in, each with its source; a Python that fits all but one, and whose that is."""
    asked = ", ".join(f"{specifier} ({source})" for specifier, source in ranges)
    return Diagnostic(
        code="no-python",
        message=f"no Python fits {asked}",
        place=place_of_source(ranges[0][1]),
        hint=f"change {way_out[1]}, then Python {way_out[0]} fits"
        if way_out
        else f"caliban knows Python {known}; any other is yours to choose: --python X.Y, or --base_image",
    )


def no_wheels(words: str, source: str, minor: str, minor_by: str, way_out: str | None) -> Diagnostic:
    """A pin without wheels for the Python that is asked for."""
    return Diagnostic(
        code="no-wheels",
        message=f"{words} has no wheels for Python {minor}, which {minor_by} asks for",
        place=place_of_source(source),
        hint=way_out or f"pin another version, or change {minor_by}",
    )


def other_python(works: str) -> str:
    """The way out by another Python."""
    return f"Python {works} has wheels for all your pins: --python {works}"


def other_release(release: str, minor: str, minor_by: str) -> str:
    """The way out by another release: 'torch==2.2.0'."""
    return f"pin {release}, which has wheels for Python {minor}, or change {minor_by}"


def no_common_python(limits: Sequence[tuple[str, str, str]], way_out: tuple[str, str] | None) -> Diagnostic:
    """Pins that exclude each other, each with its source and the Pythons that it leaves; a release that would do."""
    asked = ", ".join(f"{words} leaves {pythons} ({source})" for words, source, pythons in limits)
    return Diagnostic(
        code="no-python",
        message=f"no Python suits all of these: {asked}",
        place=place_of_source(limits[0][1]),
        hint=f"pin {way_out[0]}: then all have wheels for Python {way_out[1]}" if way_out else "change one of the pins",
    )


def nowhere(words: str, source: str, platform: str, release: str | None) -> Diagnostic:
    """A pin that has neither wheels nor sources for the platform, whatever the Python."""
    return Diagnostic(
        code="no-wheels",
        message=f"{words} exists for no Python on {platform}: it has no wheels for it, and no sources",
        place=place_of_source(source),
        hint=f"pin {release}, which has wheels for it, or build for another platform: --platform PLATFORM"
        if release
        else "build for another platform: --platform PLATFORM",
    )

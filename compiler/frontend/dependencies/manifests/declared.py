"""Values that setup.py and setup.cfg have in common, and how the two combine."""

from msgspec import Struct

from caliban.compiler.input.project import PythonFact, Requirement

Optional = tuple[tuple[str, tuple[Requirement, ...]], ...]


class SetupMetadata(Struct, frozen=True, kw_only=True):
    """Requirements, extras and Python of a setup file; empty where it does not speak of them."""

    requirements: tuple[Requirement, ...] | None = ()  # None: only running it can tell
    optional: Optional | None = ()  # what each extra adds; None: only running it can tell
    python: PythonFact | None = None
    advice: PythonFact | None = None


def combined(arguments: SetupMetadata, config: SetupMetadata) -> SetupMetadata:
    """Combine the arguments of `setup()` in setup.py with setup.cfg, as setuptools does.

    An argument wins over the option of setup.cfg unless it is empty (tried): ConfigHandler skips what is "already
    inhabited", https://github.com/pypa/setuptools/blob/main/setuptools/config/setupcfg.py
    """
    return SetupMetadata(
        requirements=config.requirements if arguments.requirements == () else arguments.requirements,
        optional=config.optional if arguments.optional == () else arguments.optional,
        python=arguments.python or config.python,
        advice=arguments.advice or config.advice,
    )

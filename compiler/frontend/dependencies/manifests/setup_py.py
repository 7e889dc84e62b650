"""A setup.py into what its call of `setup()` declares literally; nothing of it is ever run."""

import ast
from collections.abc import Mapping

from msgspec import Struct

from caliban.compiler.diagnostics import Place
from caliban.compiler.facts.pep508 import normalized
from caliban.compiler.frontend.dependencies.manifests.declared import Optional, SetupMetadata
from caliban.compiler.frontend.dependencies.manifests.literals import literals, parsed
from caliban.compiler.frontend.dependencies.pythons import classified_pythons, python_fact
from caliban.compiler.frontend.dependencies.requirement import requirement
from caliban.compiler.frontend.project.disk import Disk
from caliban.compiler.input.project import PythonFact, Requirement

MOST_SUMMANDS = 1000  # of one sum; `A = A + B` would have no end

_UNKNOWN = SetupMetadata(requirements=None, optional=None)


def read_setup_py(disk: Disk, path: str = "setup.py") -> SetupMetadata | None:
    """Read its declarations, None for each that only running it can tell; None if there is no such file.

    A syntax error is none here: a script for Python 2 may still be built by an image's own Python.
    Raises Rejected where python_requires is no version specifier.
    """
    written = disk.encoded_text(path)
    if written is None:
        return None
    module = parsed(written[0])
    calls = [] if module is None else _setup_calls(module)
    if module is None or len(calls) != 1:
        return _UNKNOWN
    script = _Script(path=path, literals=literals(module))
    arguments = {keyword.arg: keyword.value for keyword in calls[0].keywords}
    if None in arguments or "pbr" in arguments:  # **metadata; pbr reads requirements.txt
        return _UNKNOWN
    return SetupMetadata(
        requirements=script.requirements(arguments.get("install_requires")),
        optional=script.optional(arguments.get("extras_require")),
        python=script.python(arguments.get("python_requires")),
        advice=script.advice(arguments.get("classifiers")),
    )


class _Script(Struct, frozen=True, kw_only=True):
    """Evaluates what is literal."""

    path: str
    literals: Mapping[str, ast.expr]  # names that stand for one value throughout

    def requirements(self, node: ast.expr | None) -> tuple[Requirement, ...] | None:
        """A list of strings, or one string with a requirement in each line; None where it is anything else."""
        found: list[Requirement | None] = []
        summands = self._summands(node)
        if summands is None:
            return None
        for summand in summands:
            if isinstance(summand, ast.Constant) and isinstance(summand.value, str):
                stripped = (line.strip() for line in summand.value.splitlines())
                found += [self._requirement(line, summand) for line in stripped if line and not line.startswith("#")]
            elif isinstance(summand, ast.List | ast.Tuple):
                found += [self._requirement(self._string(item), item) for item in summand.elts]
            else:
                return None
        known = tuple(one for one in found if one is not None)
        return known if len(known) == len(found) else None

    def optional(self, node: ast.expr | None) -> Optional | None:
        """A dictionary whose keys are strings; what cannot be told of its values is left out."""
        node = self._meant(node)
        if node is None:
            return ()
        if not isinstance(node, ast.Dict):
            return None
        found: dict[str, tuple[Requirement, ...]] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            name = self._string(key)
            if name is None:
                return None
            extra = normalized(name.partition(":")[0].strip())  # 'gpu:python_version<"3.9"'
            if extra:
                found[extra] = found.get(extra, ()) + (self.requirements(value) or ())
        return tuple(found.items())

    def python(self, node: ast.expr | None) -> PythonFact | None:
        """A string."""
        text = self._string(node)
        return None if node is None or text is None else python_fact(text, Place(source=self.path, line=node.lineno))

    def advice(self, node: ast.expr | None) -> PythonFact | None:
        """A list of classifiers."""
        listed = self._meant(node)
        if not isinstance(listed, ast.List | ast.Tuple):
            return None
        texts = (self._string(item) for item in listed.elts)
        place = Place(source=self.path, line=listed.lineno)
        return classified_pythons((text for text in texts if text is not None), place)

    def _summands(self, node: ast.expr | None) -> list[ast.expr] | None:
        """Return the summands [A, B] of `A + B`, where A and B may be names; None if that does not end."""
        found: list[ast.expr] = []
        rest = [node]
        while rest:
            meant = self._meant(rest.pop())
            if isinstance(meant, ast.BinOp) and isinstance(meant.op, ast.Add):
                rest += [meant.right, meant.left]
            elif meant is not None:
                found.append(meant)
            if len(found) + len(rest) > MOST_SUMMANDS:
                return None
        return found

    def _requirement(self, text: str | None, node: ast.expr) -> Requirement | None:
        return None if text is None else requirement(text, Place(source=self.path, line=node.lineno))

    def _string(self, node: ast.expr | None) -> str | None:
        node = self._meant(node)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    def _meant(self, node: ast.expr | None) -> ast.expr | None:
        """Return the value of a name; None for a missing argument and for a literal None."""
        if isinstance(node, ast.Name):
            node = self.literals.get(node.id, node)
        return None if isinstance(node, ast.Constant) and node.value is None else node


def _setup_calls(module: ast.Module) -> list[ast.Call]:
    """`setup(…)` and `setuptools.setup(…)`."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    return [call for call in calls if "setup" in (getattr(call.func, "id", None), getattr(call.func, "attr", None))]

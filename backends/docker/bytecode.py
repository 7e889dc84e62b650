"""Compiling the installed packages: the RUN lines.

By a hash that nothing checks (PEP 552): no time is in such a file, and no run looks at the source. So the bytecode of a
source that changed must go, whatever any clock says of the two.
"""

from caliban.backends.docker.words import comment
from caliban.compiler.bytecode import CompileBytecode
from caliban.compiler.effects import VENV

# What has no bytecode yet, or that of another source: bytes 8 to 16 of the file are the hash of it.
_COMPILE_NEW = f"""from importlib.util import cache_from_source, source_hash; from pathlib import Path; \\
      from py_compile import PycInvalidationMode, compile; \\
      sources = [path for path in Path("{VENV}").rglob("*.py") if path.is_file()]; \\
      pairs = [(path, Path(cache_from_source(str(path)))) for path in sources]; \\
      same = lambda path, old: old.exists() and old.read_bytes()[8:16] == source_hash(path.read_bytes()); \\
      new = [(path, old) for path, old in pairs if not same(path, old)]; \\
      [old.unlink() for path, old in new if old.exists()]; \\
      [compile(str(path), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, quiet=2) for path, old in new]"""


def spell_bytecode(step: CompileBytecode) -> str:
    """The block; what is meant for another Python is no reason to fail."""
    if step.what == "new":
        note = "the same for what came since; the layers above keep theirs"
        return "\n".join((*comment(note), f"RUN python -c '{_COMPILE_NEW}'"))
    note = f"compiled once for {step.runs:,} runs; what is meant for another Python cannot be, and stays as it is"
    command = f"python -m compileall -qq -j 0 --invalidation-mode unchecked-hash {VENV} || true"
    return "\n".join((*comment(note), f"RUN {command}"))

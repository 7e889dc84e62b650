"""What a compilation costs: beside the start of Python, beside a bare walk of 100,000 files, and to check a key."""

import json
import sys
from pathlib import Path

from measure import Place, Trial, peak_memory, seconds
from table import Row, difference, ratio

CALIBAN = str(Path(sys.executable).with_name("caliban"))
FOLDERS, FILES = 100, 1000
QUICK_ROUNDS = 25  # of what takes milliseconds
ROUNDS = 9

_BARE = (sys.executable, "-c", "pass")
_WALK = """\
import os
def walk(folder):
    with os.scandir(folder) as entries:
        for entry in entries:
            entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                walk(entry.path)
walk(".")
"""


def start(place: Place) -> list[Row]:
    """The help."""
    ours, bare = "`caliban --help`", "`python -c pass`"
    times = seconds({ours: Trial(((CALIBAN, "--help"),)), bare: Trial((_BARE,))}, place, rounds=QUICK_ROUNDS)
    return [ratio(ours, ours, bare, times, 2.5)]


def example(place: Place, module: str) -> list[Row]:
    """A small project."""
    command = (CALIBAN, "compile", "--nogpu", module)
    ours, bare = "`caliban compile`", "`python -c pass`"
    times = seconds({ours: Trial((command,)), bare: Trial((_BARE,))}, place, rounds=QUICK_ROUNDS)
    peak = peak_memory(command, place)
    return [
        ratio("`caliban compile`, examples/digits", ours, bare, times, 9),
        Row("its peak memory", f"{peak:.0f} MB", "", peak, 40, " MB"),
    ]


def many_files(place: Place) -> list[Row]:
    """A project with a folder of 100,000 files; the start of Python and of caliban is told apart."""
    for outer in range(FOLDERS):
        inner = place.folder / "data" / str(outer)
        inner.mkdir(parents=True)
        for number in range(FILES):
            (inner / f"{number}.txt").touch()
    (place.folder / "code").mkdir()
    (place.folder / "code" / "train.py").write_text("print('trained')\n")
    (place.folder / "none").mkdir()
    without = (CALIBAN, "compile", "--nogpu", "-d", "none", "code.train")
    command = (CALIBAN, "compile", "--nogpu", "-d", "data", "code.train")
    ours, small, walk, bare = "caliban", "caliban, without them", "`os.scandir` and `stat`", "bare"
    trials = {
        ours: Trial((command,)),
        small: Trial((without,)),
        walk: Trial(((sys.executable, "-c", _WALK),)),
        bare: Trial((_BARE,)),
    }
    times = seconds(trials, place, rounds=ROUNDS)
    alone = {ours: times[ours] - times[small], walk: times[walk] - times[bare]}
    peak = peak_memory(command, place)
    return [
        ratio(f"`caliban compile`, {FOLDERS * FILES:,} files", ours, walk, times, 1.5),
        ratio("the same, without the start of both", ours, walk, alone, 1.5),
        Row("its peak memory", f"{peak:.0f} MB", "", peak, 100, " MB"),
    ]


def credentials(place: Place) -> list[Row]:
    """A service-account key that is checked."""
    (place.folder / "train.py").write_text("print('trained')\n")
    key = place.folder.parent / "key.json"
    key.write_text(json.dumps(_service_account()))
    plain, checked = (CALIBAN, "compile", "--nogpu", "train.py"), "with `--cloud_key`"
    command = (CALIBAN, "compile", "--nogpu", "--cloud_key", str(key), "train.py")
    times = seconds({"without": Trial((plain,)), checked: Trial((command,))}, place, rounds=ROUNDS)
    return [difference("`caliban compile` with `--cloud_key`", checked, "without", times, 0.15)]


def _service_account() -> dict[str, str]:
    """A key that opens nothing, made here and now."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "1",
        "private_key": private.private_bytes(serialization.Encoding.PEM, form, plain).decode(),
        "client_email": "trainer@my-project.example.com",
        "client_id": "1",
        "token_uri": "http://127.0.0.1:1/token",
    }

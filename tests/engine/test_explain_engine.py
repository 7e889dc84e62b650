"""`caliban explain` knows what the layers took and weighed that were built, and estimates only the others."""

import re

from conftest import MakeProject
from support import RealProject, from_mirror

ROW = re.compile(r"^ *(\d)  (.*?)  +(?:([\d.]+ \w+) +)?(?:(\d+) +)?(~?)([\d.]+ s)  ", re.MULTILINE)


def layers(project: RealProject) -> dict[str, tuple[str, bool]]:
    """The size of each layer, and whether its time is an estimate."""
    text = project.caliban("explain", "m/x.py").stdout.decode()
    return {row[2]: (row[3] or "", row[5] == "~") for row in ROW.finditer(text)}


def test_what_was_built_is_no_estimate_until_it_changes(make: MakeProject, mirror: str) -> None:
    project = make({"m/x.py": "print(1)\n", "requirements.txt": "six==1.17.0\n", **from_mirror(mirror)})
    packages = "requirements.txt, 1 package"
    assert layers(project)[packages] == ("", True)
    assert project.run("--no_cache", "m/x.py").code == 0
    size, estimated = layers(project)[packages]
    assert re.fullmatch(r"\d+(\.\d+)? kB", size) and not estimated
    assert not layers(project)["m"][1]
    (project.folder / "m/x.py").write_text("print(2)\n")
    after = layers(project)
    assert (after[packages], after["m"][1]) == ((size, False), True)
    (project.folder / "requirements.txt").write_text("six==1.16.0\n")
    assert layers(project)[packages] == ("", True)

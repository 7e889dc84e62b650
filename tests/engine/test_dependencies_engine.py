"""What is declared is what is installed, from tiny wheels of our own; a code edit installs nothing anew (SPEC §3)."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import MakeProject
from support import UV, RealProject, docker, in_folder, tree, wheel, write

pytestmark = pytest.mark.engine

WHEELS = {
    **wheel("alpha", "1.0", {"alpha.py": "name = 'alpha 1.0'\n"}),
    **wheel("alpha", "2.0", {"alpha.py": "name = 'alpha 2.0'\n"}),
    **wheel("beta", "1.0", {"beta.py": "import alpha\nname = 'beta on ' + alpha.name\n"}, requires=("alpha<2",)),
    **wheel("gamma", "1.0", {"gamma.py": "name = 'gamma'\n"}),
}
INDEX = "--no-index\n--find-links ./wheels\n"
SAY_BETA = "import beta; print(beta.name)"
LIST = "from importlib.metadata import distributions; print(*sorted(d.name.lower() for d in distributions() if d.name not in ('pip', 'setuptools', 'wheel')))"

BACKEND = '''
"""A build backend of our own: no network, and it reads files of the project as real ones do."""
import re, zipfile


def build_wheel(folder, config_settings=None, metadata_directory=None):
    readme = open("README.md").read()
    requires = [line for line in open("requirements/core.txt").read().split()]
    extras = {"fancy": "gamma"}
    metadata = ["Metadata-Version: 2.1", "Name: widget", "Version: 3.0", "Summary: " + readme.splitlines()[0]]
    metadata += ["Requires-Dist: " + line for line in requires]
    for extra, line in extras.items():
        metadata += ["Provides-Extra: " + extra, f"Requires-Dist: {line}; extra == '{extra}'"]
    name = "widget-3.0-py3-none-any.whl"
    with zipfile.ZipFile(folder + "/" + name, "w") as archive:
        archive.write("widget/__init__.py")
        archive.writestr("widget-3.0.dist-info/METADATA", "\\n".join(metadata) + "\\n")
        archive.writestr("widget-3.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("widget-3.0.dist-info/RECORD", "")
    return name
'''

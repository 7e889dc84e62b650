"""Records a session on a pseudo-terminal, and writes it as an SVG: `python -m picture FILE`; needs an engine."""

import os
import pty
import shlex
import shutil
import subprocess
import sys
import tempfile
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

from picture.screen import COLUMNS, screen
from picture.svg import svg

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits"
SESSION = (
    "caliban run --nogpu trainer.train -- --epochs 2",
    "sed -i 's/batch_size=32/batch_size=16/' trainer/train.py",
    "caliban run --nogpu trainer.train -- --epochs 2",
    "caliban run --nogpu --experiment_config experiment.json trainer.train > runs.txt",
    "grep accuracy: runs.txt",
)


def main() -> None:
    """Runs the session in a copy of the example, with a state folder of its own, and removes its images."""
    with tempfile.TemporaryDirectory(prefix="caliban-picture-") as folder:
        project = Path(folder) / f"digits-{os.getpid()}"
        shutil.copytree(EXAMPLE, project)
        # An unused exclusion, so that the packages are installed, not taken from the cache of an earlier build.
        with (project / "requirements.txt").open("a", encoding="utf-8") as file:
            file.write(f"scikit-learn!=0.{os.getpid()}\n")
        variables = {**os.environ, "CALIBAN_HOME": str(Path(folder) / "home"), "TERM": "xterm-256color"}
        variables["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{variables['PATH']}"
        try:
            written = b"".join(f"\x1b[1m$ {line}\x1b[m\r\n".encode() + _recorded(line, project, variables) + b"\r\n"
                               for line in SESSION)  # fmt: skip
        finally:
            _remove_images(project.name)
    Path(sys.argv[1]).write_text(svg(screen(written.decode())), encoding="utf-8")


def _recorded(line: str, project: Path, variables: dict[str, str]) -> bytes:
    """All that a command line writes to a terminal. Exits where the command fails: the picture would show that."""
    terminal, program_end = pty.openpty()
    ioctl(program_end, TIOCSWINSZ, pack("HHHH", 24, COLUMNS, 0, 0))
    process = subprocess.Popen(
        ["bash", "-c", f"set -o pipefail; {line}"],  # the lines above, as a person types them
        cwd=project, env=variables, stdin=program_end, stdout=program_end, stderr=program_end, start_new_session=True,
    )  # fmt: skip
    os.close(program_end)
    written = b""
    while True:
        try:
            piece = os.read(terminal, 1 << 16)
        except OSError:  # the program has closed its end
            break
        if not piece:
            break
        written += piece
    os.close(terminal)
    if process.wait():
        sys.exit(f"picture: error: {shlex.quote(line)} failed:\n{written.decode(errors='replace')}")
    return written


def _remove_images(project: str) -> None:
    listed = ("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"caliban/{project}")
    tags = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    if tags:
        subprocess.run(("docker", "image", "rm", *tags), capture_output=True, check=True)


main()

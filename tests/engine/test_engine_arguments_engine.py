"""What caliban knows of `docker run` is what its client says of itself."""

import re
import subprocess

from caliban.compiler.facts.data_files import table


def test_every_option_of_docker_run_is_in_the_table_with_its_letter_and_kind() -> None:
    shown = subprocess.run(["docker", "run", "--help"], capture_output=True, text=True, check=True).stdout
    said = re.findall(r"^ +(?:(-\w), )?(--[a-z0-9-]+)( \S+)?(?: {2,}|$)", shown, flags=re.MULTILINE)
    known = table("docker_run")["options"]
    assert len(said) > 90
    assert {name: (short or None, not value) for short, name, value in said} == {
        name: (known[name].get("short"), "flag" in known[name]) for _, name, _ in said if name in known
    }

"""What one run leaves in the project rebuilds nothing for the next."""

from conftest import MakeProject
from support import write


def test_adding_or_dropping_an_output_rebuilds_nothing(make: MakeProject) -> None:
    project = make({"m.py": "open('model.pt', 'w').close()\n"})
    lines = (("m.py",), ("-o", "results", "m.py"), ("m.py",), ("-o", "results/b", "m.py"), ("-o", "other", "m.py"))
    ran = [project.run(*line) for line in lines]
    assert [(each.code, each.builds) for each in ran] == [(0, 1), *[(0, 0)] * 4], ran[1].stderr
    assert (project.folder / "results/model.pt").is_file()


def test_what_trackers_and_runs_leave_is_no_part_of_the_next_image(make: MakeProject) -> None:
    listing = "import os; print(sorted(os.listdir()))\n"
    project = make(
        {"m.py": listing, "build/__init__.py": "", "t.py": f"import build\n{listing}", ".gitignore": "runs\n"}
    )
    first = project.run("t.py")
    write(project.folder, {"wandb/x": "", "runs/1/x": "", "dist/x": ""})
    again, alone = project.run("t.py"), project.run("m.py")
    assert (first.builds, again.builds, again.stdout) == (1, 0, first.stdout)
    assert (b"'build'" in first.stdout, alone.builds, b"'build'" in alone.stdout) == (True, 1, False)
    assert "left out of the image: build, dist, runs, wandb" in alone.stderr

"""What a first build will take is told; an image that is larger than is allowed is neither built nor run."""

from conftest import MakeProject

LARGE = {"m/x.py": "print('ran')", "data/large.bin": b"\0" * 60_000_000}


def test_a_large_first_build_is_told_once(make: MakeProject) -> None:
    project = make(LARGE)
    told = [project.run("-d", "data", "m.x").stderr.count("a first build: 60 MB to copy") for _ in range(2)]
    assert told == [1, 0]


def test_an_image_that_will_be_too_large_is_not_built(make: MakeProject) -> None:
    ran = make(LARGE).run("--max_image_size", "50MB", "-d", "data", "m.x")
    assert (ran.code, ran.builds, "error[image-too-large]: more than the 50 MB" in ran.stderr) == (2, 0, True)


def test_an_image_that_turned_out_too_large_is_not_run(make: MakeProject) -> None:
    ran = make({"m/x.py": "print('ran')"}).run("--max_image_size", "50MB", "m.x")
    assert (ran.code, ran.stdout, "error[image-too-large]: the image has 1" in ran.stderr) == (2, b"", True)


def test_an_image_within_its_limit_runs(make: MakeProject) -> None:
    assert make({"m/x.py": "print('ran')"}).run("--max_image_size", "2GB", "m.x").stdout == b"ran\n"

"""Bases that the user names, each made here with one trait that bases in the world have (SPEC §4)."""

import os
import re
import secrets
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import MakeProject
from servers import bridge_address, index_server
from support import BASE, Files, Ran, RealProject, docker, fresh_name, in_folder, wheel, write

WHEELS = in_folder(
    "wheels",
    {
        **wheel("alpha", "1.0", {"alpha.py": "name = 'alpha 1.0'\n"}),
        **wheel("alpha", "2.0", {"alpha.py": "name = 'alpha 2.0'\n"}),
        **wheel("torch", "2.8.0", {"torch/__init__.py": "name = 'torch of the index'\n"}),
        **wheel("torch", "2.9.0", {"torch/__init__.py": "name = 'torch of the index'\n"}),
    },
)
INDEX = "--no-index\n--find-links ./wheels\n"
TELL = "import sys, alpha; print(alpha.name, sys.prefix, sys.path[-1])\n"
FILES: Files = {"m/tell.py": TELL, "requirements.txt": f"{INDEX}alpha\n", **WHEELS}

# The C library and its loader are all that a Python needs of a base; busybox-static needs not even that.
BUSYBOX = f"""
FROM {BASE} AS debian
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \\
    apt-get update -q && apt-get install -yq --no-install-recommends busybox-static
RUN mkdir -p /root-of-it/bin /root-of-it/usr/bin /root-of-it/lib64 /root-of-it/lib/x86_64-linux-gnu && \\
    cp /usr/bin/busybox /root-of-it/usr/bin/ && /usr/bin/busybox --install -s /root-of-it/bin && \\
    cp -L /lib64/ld-linux-* /root-of-it/lib64/ && \\
    for name in c m z expat dl pthread util rt crypto ssl lzma bz2 ffi uuid; do \\
      cp -L /lib/x86_64-linux-gnu/lib$name.so.* /root-of-it/lib/x86_64-linux-gnu/ 2>/dev/null || \\
      cp -L /usr/lib/x86_64-linux-gnu/lib$name.so.* /root-of-it/lib/x86_64-linux-gnu/; \\
    done
"""
# A standalone Python, as uv downloads them, that is made of the one in the image, and the list that names it.
MIRROR = f"""
FROM {BASE} AS standalone
RUN mkdir -p /made/python/bin /made/python/lib /mirror && \\
    cp /usr/bin/python3.11 /made/python/bin/ && ln -s python3.11 /made/python/bin/python3 && \\
    cp -r /usr/lib/python3.11 /made/python/lib/ && rm -rf /made/python/lib/python3.11/test && \\
    tar -czhf /mirror/python.tar.gz -C /made python
COPY downloads.json uv.toml /mirror/
"""
MIRROR_FILES = {
    "downloads.json": """
{"cpython-3.11.2-linux-x86_64-gnu": {
  "name": "cpython", "arch": {"family": "x86_64", "variant": null}, "os": "linux", "libc": "gnu",
  "major": 3, "minor": 11, "patch": 2, "prerelease": "", "variant": null, "build": null,
  "url": "file:///mirror/python.tar.gz", "sha256": null
}}
""",
    "uv.toml": 'python-downloads-json-url = "/mirror/downloads.json"\n',
}
WITH_MIRROR = "COPY --from=standalone /mirror /mirror\nCOPY --from=standalone /mirror/uv.toml /etc/uv/uv.toml\n"

MakeBase = Callable[..., str]


@pytest.fixture
def base(tmp_path: Path) -> Iterator[MakeBase]:
    """`base(dockerfile, files)`: the name of an image that is built from it, and removed after the test."""
    made = []

    def build(dockerfile: str, files: Files = {}) -> str:  # noqa: B006  nobody changes it
        folder = tmp_path / fresh_name()
        write(folder, {**files, "Dockerfile": dockerfile})
        bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
        secrets = ("--secret", f"id=ca,src={bundle}") if bundle else ()
        made.append(f"{folder.name}:base")
        subprocess.run(
            ["docker", "buildx", "build", "--quiet", "--load", *secrets, "--tag", made[-1], str(folder)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return made[-1]

    yield build
    for image in made:
        docker("image", "rm", "--force", image)


def run_on(image: str, project: RealProject, *words: str) -> Ran:
    return project.run("--base_image", image, *words, "m/tell.py")


def told(ran: Ran) -> tuple[int, str]:
    """The exit code, and what the script printed or else what caliban said."""
    return ran.code, ran.stdout.decode() or ran.stderr


def error(ran: Ran) -> tuple[int, list[str]]:
    """The exit code and caliban's error, without the other programs' words in it."""
    lines = ran.stderr.splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("error["))
    return ran.code, [line for line in lines[begin:] if line.startswith(("error[", "  --> "))]


@pytest.mark.parametrize(
    ("trait", "prefix"),
    [
        pytest.param("", "/usr", id="a python of Debian"),
        pytest.param("RUN touch /usr/lib/python3.11/EXTERNALLY-MANAGED", "/usr", id="PEP 668"),
        pytest.param("RUN rm /usr/local/bin/python", "/usr", id="python3 alone"),
        pytest.param(
            "RUN rm /usr/local/bin/python && cp /bin/false /usr/bin/python",
            "/usr",
            id="a python that is too old",
        ),
        pytest.param(
            "RUN python3 -m venv --without-pip /their/env\nENV PATH=/their/env/bin:$PATH", "/their/env", id="a venv"
        ),
        pytest.param(
            "RUN mkdir -p /opt/conda/bin && ln -s /usr/bin/python3.11 /opt/conda/bin/python && "
            "rm /usr/local/bin/python* /usr/bin/python3",
            "/usr",
            id="conda that is not on PATH",
        ),
        pytest.param('ENTRYPOINT ["/bin/false"]', "/usr", id="an entrypoint"),
        pytest.param("RUN useradd --uid 1000 --create-home ubuntu\nUSER ubuntu", "/usr", id="a user of uid 1000"),
        pytest.param('SHELL ["/bin/bash", "-o", "pipefail", "-lc"]', "/usr", id="another shell"),
        pytest.param('SHELL ["/bin/false"]', "/usr", id="a shell that does nothing"),
        pytest.param("RUN rm /bin/bash /usr/bin/install", "/usr", id="no bash and few tools"),
        pytest.param("RUN rm -rf /etc/ssl /etc/passwd /root", "/usr", id="no certificates, users and homes"),
        pytest.param("ENV HOME= PYTHONPATH=/theirs UV_SYSTEM_PYTHON=1 VIRTUAL_ENV=/nowhere", "/usr", id="variables"),
    ],
)
def test_packages_go_into_the_python_of_the_base(make: MakeProject, base: MakeBase, trait: str, prefix: str) -> None:
    ran = run_on(base(f"FROM {BASE}\n{trait}\n"), make(FILES))
    assert told(ran) == (0, f"alpha 2.0 {prefix} /usr/app\n")


# What a compiler makes differs with the system that it runs on, and the name of the wheel does not tell.
NATIVE = {
    "pyproject.toml": '[build-system]\nrequires = []\nbackend-path = ["."]\nbuild-backend = "backend"\n'
    '[project]\nname = "native"\nversion = "1.0"\n',
    "PKG-INFO": "Metadata-Version: 2.2\nName: native\nVersion: 1.0\n",
    "backend.py": """
import pathlib, zipfile
def build_wheel(folder, settings=None, metadata=None):
    system = pathlib.Path("/etc/system")
    name = "native-1.0-py3-none-linux_x86_64.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        info = "native-1.0.dist-info"
        wheel.writestr("native.py", f"system = {system.read_text() if system.exists() else None!r}")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: native\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: py3-none-linux_x86_64\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
""",
}


def test_what_is_compiled_on_one_base_is_not_installed_on_another(
    make: MakeProject, base: MakeBase, tmp_path: Path
) -> None:
    write(tmp_path / "native-1.0", NATIVE)
    with tarfile.open(tmp_path / "native-1.0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "native-1.0", "native-1.0")
    source = {"native-1.0.tar.gz": (tmp_path / "native-1.0.tar.gz").read_bytes()}
    password = secrets.token_hex()
    files = {
        "m/tell.py": "import native; print(native.system)",
        "requirements.txt": f"native<{2 + secrets.randbelow(10**9)}\n",
    }
    with index_server(source, bridge_address(), user="ada", password=password, cacheable=True) as index:
        environment = {"PIP_INDEX_URL": index.url("/simple")}
        on_ours = make(files).run("m/tell.py", env=environment)
        image = base(f"FROM {BASE}\nRUN printf another > /etc/system\n")
        on_another = make(files).run("--base_image", image, "m/tell.py", env=environment)
    assert (told(on_ours), told(on_another)) == ((0, "None\n"), (0, "another\n"))


def test_constraints_of_the_base_are_kept(make: MakeProject, base: MakeBase) -> None:
    image = base(f"FROM {BASE}\nRUN echo 'alpha<2' > /constraint.txt\nENV PIP_CONSTRAINT=/constraint.txt\n")
    assert told(run_on(image, make(FILES))) == (0, "alpha 1.0 /usr /usr/app\n")


@pytest.mark.parametrize(
    ("requirements", "torch"),
    [
        ("torch\nalpha", "torch of the base"),
        ("torch>=2.0\nalpha", "torch of the base"),
        ("torch==2.8.0\nalpha", "torch of the base"),
        ("torch>2.8\nalpha", "torch of the index"),
    ],
)
def test_a_torch_of_the_base_stays_where_it_satisfies_what_is_declared(
    make: MakeProject, base: MakeBase, requirements: str, torch: str
) -> None:
    installed = in_folder(
        "site", _unpacked("torch", "2.8.0+cu128", {"torch/__init__.py": "name = 'torch of the base'\n"})
    )
    image = base(f"FROM {BASE}\nCOPY site /usr/local/lib/python3.11/dist-packages/\n", installed)
    project = make(
        {**FILES, "m/tell.py": "import alpha, torch; print(torch.name)", "requirements.txt": f"{INDEX}{requirements}\n"}
    )
    assert told(run_on(image, project)) == (0, f"{torch}\n")


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param(f"FROM {BASE}\nRUN rm -rf /usr/bin/python* /usr/local/bin/python* /usr/lib/python3*", id="Debian"),
        pytest.param(f"{BUSYBOX}FROM scratch\nCOPY --from=debian /root-of-it /", id="busybox"),
    ],
)
def test_a_base_without_python_is_brought_one(make: MakeProject, base: MakeBase, stage: str) -> None:
    image = base(f"{MIRROR}{stage}\n{WITH_MIRROR}", MIRROR_FILES)
    ran = run_on(image, make(FILES), "--python", "3.11")
    assert told(ran) == (0, "alpha 2.0 /opt/base-python /usr/app\n")


def test_a_project_is_built_and_scripts_run_where_there_is_little_more_than_a_shell(
    make: MakeProject, base: MakeBase
) -> None:
    image = base(f"{MIRROR}{BUSYBOX}FROM scratch\nCOPY --from=debian /root-of-it /\n{WITH_MIRROR}", MIRROR_FILES)
    setup = "from setuptools import setup\nsetup(name='widget', version='1.0', py_modules=['widget'])\n"
    project = make(
        {
            "setup.py": setup,
            "widget.py": "print('widget')\n",
            "data/x": "1",
            "m/go.py": "import widget; print(open('data/x').read(), widget.__file__)",
            "m/go.sh": "#!/bin/sh\npython -m widget\n",
            "m/bash.sh": "python -m widget\n",
        }
    )
    words = ("--base_image", image, "-d", "data")
    ran = [project.run(*words, script) for script in ("m/go.py", "m/go.sh", "m/bash.sh")]
    installed = "/opt/base-python/lib/python3.11/site-packages/widget.py"
    assert [(each.code, each.stdout.decode()) for each in ran] == [
        (0, f"widget\n1 {installed}\n"),
        (0, "widget\n"),
        (127, ""),
    ]
    assert "warning[no-program]: the image has no /bin/bash, which is to run the script\n" in ran[-1].stderr


def test_a_base_without_certificates_needs_none_of_the_host(make: MakeProject, base: MakeBase) -> None:
    nothing = dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), "")
    project = make(FILES)
    image = base(f"FROM {BASE}\nRUN rm -rf /etc/ssl\n")
    ran = project.run("--base_image", image, "m/tell.py", env=nothing)
    assert told(ran) == (0, "alpha 2.0 /usr /usr/app\n")


def test_a_python_that_cannot_be_brought_is_told_in_our_words(make: MakeProject, base: MakeBase) -> None:
    image = base(f"{MIRROR}FROM {BASE}\n{WITH_MIRROR}", MIRROR_FILES)
    assert error(run_on(image, make(FILES), "--python", "3.12")) == (
        125,
        ["error[no-python]: the base image has no Python that fits, and none could be brought", "  --> --base_image"],
    )


def test_a_uv_that_cannot_run_is_told_in_our_words(make: MakeProject, base: MakeBase, tmp_path: Path) -> None:
    image = base(
        f"{BUSYBOX}FROM scratch\nCOPY --from=debian /root-of-it/bin /bin\nCOPY --from=debian /root-of-it/usr /usr\n"
    )
    offline = {"UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path / "empty")}  # so that no static uv can be fetched
    ran = make(FILES).with_home(tmp_path / "home").run("--base_image", image, "m/tell.py", env=offline)
    assert error(ran) == (125, ["error[no-uv]: uv cannot run in the base image", "  --> --base_image"])


def test_a_base_without_a_shell_is_told(make: MakeProject, base: MakeBase) -> None:
    image = base(f"FROM {BASE} AS debian\nFROM scratch\nCOPY --from=debian /bin/true /bin/true\n")
    assert error(run_on(image, make(FILES))) == (
        125,
        ["error[no-shell]: the base image has no shell, so nothing can be installed into it", "  --> --base_image"],
    )


def test_debian_packages_need_a_debian(make: MakeProject, base: MakeBase) -> None:
    image = base(f"FROM {BASE}\nRUN rm /usr/bin/apt-get\n")
    project = make({**FILES, ".calibanconfig.json": '{"apt_packages": ["tree"]}'})
    assert error(run_on(image, project)) == (
        125,
        [
            "error[no-apt]: the base image has no apt-get, so the Debian packages cannot be installed into it",
            "  --> --base_image",
        ],
    )


def test_a_base_that_is_nowhere_is_told_with_who_named_it(make: MakeProject) -> None:
    code, said = error(run_on("no-such-registry.invalid/image:1", make(FILES)))
    assert (code, said[-1]) == (125, "  --> --base_image")


LAB = """# syntax=docker/dockerfile:1
ARG SUITE=3.11-slim-bookworm
FROM python:$SUITE AS base
RUN <<EOF
#!/bin/sh
echo tool > /tool
EOF
\tONBUILD RUN echo triggered > /triggered
FROM base
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN useradd --uid 1000 lab && \\
    # a comment within

    [[ -e /triggered ]]
COPY lab/etc/lab.cfg /etc/
ENV LAB=one
WORKDIR /lab
USER lab
ENTRYPOINT ["/bin/false"]
"""
TELL_LAB = """
import os, alpha
tool, config = open("/tool").read().strip(), open("/etc/lab.cfg").read()
print(alpha.name, tool, config, os.environ["LAB"], os.getcwd(), os.listdir())
"""
LAB_FILES = {
    **FILES,
    "lab/Dockerfile": LAB.replace("\n", "\r\n"),
    "lab/etc/lab.cfg": "[lab]",
    "m/lab.py": TELL_LAB,
}


def test_a_dockerfile_of_the_project_is_built_and_built_on(make: MakeProject) -> None:
    project = make(LAB_FILES)
    first = project.run("--base_image", "lab/Dockerfile", "m/lab.py")
    again = project.run("--base_image", "lab/Dockerfile", "m/lab.py")
    write(project.folder, {"lab/etc/lab.cfg": "[new]", "lab/Dockerfile": LAB.replace("echo tool", "echo hammer")})
    changed = project.run("--base_image", "lab/Dockerfile", "m/lab.py")
    said = "alpha 2.0 tool [lab] one /usr/app ['m']\n"
    assert [told(ran) for ran in (first, again, changed)] == [
        (0, said),
        (0, said),
        (0, said.replace("tool", "hammer").replace("lab]", "new]")),
    ]
    assert [ran.builds for ran in (first, again, changed)] == [1, 0, 1]
    user = docker(
        "image", "inspect", "--format", "{{.Config.User}} {{.Config.Entrypoint}}", f"caliban/{project.name}:cpu"
    )
    assert user == "lab [/bin/false]\n"


def test_the_builder_finds_nothing_to_warn_of(make: MakeProject) -> None:
    project = make({"src/pkg/__init__.py": "", "src/pkg/go.py": "", "Dockerfile": f"FROM {BASE}\nRUN true\n"})
    emitted = project.caliban("compile", "--base_image", "Dockerfile", "pkg.go").stdout
    uv = in_folder("uv", {"uv": ""})
    write(project.folder, uv)
    image = re.search(rb"from=([^,]+/uv:[^,]+)", emitted)
    assert image is not None
    context = f"{image[1].decode()}={project.folder}/uv"
    words = ("docker", "buildx", "build", "--check", "--build-context", context, "--file", "-", str(project.folder))
    checked = subprocess.run(words, input=emitted, capture_output=True, check=False)
    assert (checked.returncode, b"no warnings found" in checked.stdout) == (0, True)


def test_a_newer_image_under_a_dockerfile_is_built_on(make: MakeProject, base: MakeBase) -> None:
    image = base(f"FROM {BASE}\nRUN echo old > /age\n")
    tell = "print(open('/age').read().strip())"
    project = make({"m/tell.py": tell, "Dockerfile": f"FROM {image} AS theirs\nFROM theirs\n"})
    first = run_on("Dockerfile", project)
    docker("image", "tag", base(f"FROM {BASE}\nRUN echo new > /age\n"), image)
    assert (told(first), told(run_on("Dockerfile", project))) == ((0, "old\n"), (0, "new\n"))


def test_a_script_in_a_here_document_counts_to_its_comments(make: MakeProject) -> None:
    project = make({**FILES, "Dockerfile": f"FROM {BASE}\nCOPY --chmod=755 <<EOF /say\n#!/bin/sh\n#one\nEOF\n"})
    words = ("--base_image", "Dockerfile", "m/tell.py")
    first = project.build(*words)
    write(project.folder, {"Dockerfile": f"FROM {BASE}\nCOPY --chmod=755 <<EOF /say\n#!/bin/sh\n#two\nEOF\n"})
    assert project.build(*words) != first


def test_an_image_that_a_dockerfile_names_is_told_with_its_line(make: MakeProject) -> None:
    project = make({**FILES, "Dockerfile": "ARG A\nFROM no-such-registry.invalid/image:1\n"})
    code, said = error(run_on("Dockerfile", project))
    assert (code, said[-1]) == (125, "  --> Dockerfile:2")


def _unpacked(name: str, version: str, files: Files) -> dict[str, str | bytes]:
    """What an installer makes of a wheel."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/METADATA", f"{info}/RECORD"))
    return {**files, f"{info}/METADATA": metadata, f"{info}/RECORD": record}

"""A distribution of the project, installed in place: the RUN line."""

from caliban.backends.docker.stages import NOT_PACKAGED
from caliban.backends.docker.uv import bind, environment, pip_install_file, run, uv_mounts
from caliban.backends.docker.words import shell_words
from caliban.compiler.bases import BaseImage
from caliban.compiler.editable import InstallEditable
from caliban.compiler.effects import WORKDIR


def spell_editable(step: InstallEditable, base: BaseImage) -> str:
    """The metadata and the commands, and a path to where the modules will be.

    A backend may write beside what it reads, so the folder is one in memory that leaves nothing in the image; it wants
    the packages to be there, and does not care what is in them.
    """
    folders = [f"{WORKDIR}/{folder}" for folder in step.install.modules]
    stubs = [f"{WORKDIR}/{path}" for path in step.install.stubs]
    prepare = [shell_words("mkdir", "-p", *folders), *([shell_words("touch", *stubs)] if stubs else [])]
    # uv would take what it built at this path before, of another project or with another readme.
    words = shell_words("--no-deps", "--refresh-package", step.install.name, "--no-sources", "--editable", step.target)
    install = f"{environment(base)} {pip_install_file(base, step.resolution, cached=bool(step.caches))} {words}"
    what = "the project" if step.path == "." else step.path
    return run(
        [
            *uv_mounts(base, step.caches, step.resolution.secrets),
            f"--mount=type=tmpfs,target={WORKDIR}",
            *(bind(f"source={path}", f"target={WORKDIR}/{path}") for path in step.install.files),
        ],
        f"{' && '.join(prepare)} && \\\n    {{ {install} || \\\n    echo {shell_words(NOT_PACKAGED)} >&2; }}",
        note=f"{what} itself, in place: its metadata and commands; its modules are those that are copied",
    )

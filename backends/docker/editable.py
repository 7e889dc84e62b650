"""A distribution of the project, installed in place: the RUN line."""

from caliban.backends.docker.uv import bind, install, run, uv_mounts
from caliban.backends.docker.words import shell_words
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.effects import WORKDIR
from caliban.compiler.ir.steps.project import InstallEditable


def render_editable(step: InstallEditable, base: BaseImage) -> str:
    """The metadata and the commands, and a path to where the modules will be.

    A backend may write beside what it reads, so the folder is one in memory that leaves nothing in the image; it wants
    the packages to be there, and does not care what is in them.
    """
    folders = [f"{WORKDIR}/{folder}" for folder in step.install.modules]
    stubs = [f"{WORKDIR}/{path}" for path in step.install.stubs]
    prepare = [shell_words("mkdir", "-p", *folders), *([shell_words("touch", *stubs)] if stubs else [])]
    # uv would take what it built at this path before, of another project or with another readme.
    words = shell_words("--no-deps", "--refresh-package", step.install.name, "--no-sources", "--editable", step.target)
    command = f"{install(base, step.resolution, cached=bool(step.caches), files=True)} {words}"
    what = "the project" if step.path == "." else step.path
    return run(
        [
            *uv_mounts(base, step.caches, step.resolution.secrets),
            f"--mount=type=tmpfs,target={WORKDIR}",
            *(bind(f"source={path}", f"target={WORKDIR}/{path}") for path in step.install.files),
        ],
        f"{' && '.join(prepare)} && \\\n    {command}",
        note=f"{what} itself, in place: its metadata and commands; its modules are those that are copied",
    )

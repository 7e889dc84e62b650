"""The folders that runs leave behind: by names that tell it, and by names that tell it where git ignores them too."""

import posixpath

from caliban.compiler.context.gitignore import folder_verdict
from caliban.compiler.frontend.project.disk import Disk

# Of tools that track runs, wherever they lie: wandb, mlflow, lightning, hydra, Jupyter.
ALWAYS = ("wandb", "mlruns", "lightning_logs", "multirun", ".ipynb_checkpoints")
# These may be code or data as well, so a .gitignore must say that they are not the project's.
IF_IGNORED = frozenset({"runs", "outputs", "results", "logs", "checkpoints"})
_LONGEST = 1 << 20  # bytes of a .gitignore


def is_run_folder(disk: Disk, path: str) -> bool:
    """Return whether a folder has one of the names that need a .gitignore, and a .gitignore matches it.

    Asked are those from the folder's parent up to the top of the repository; the nearest that says something decides.
    No git is started, and the user's global excludes do not count.
    """
    folder, name = posixpath.split(path)
    if name not in IF_IGNORED:
        return False
    inside = name
    while True:
        verdict = folder_verdict(disk.head(posixpath.join(folder, ".gitignore"), _LONGEST), inside)
        if verdict is not None:
            return verdict
        if folder and disk.exists(f"{folder}/.git"):
            return False
        if not folder:
            break
        folder, last = posixpath.split(folder)
        inside = f"{last}/{inside}"
    for project, text in disk.above(".gitignore"):
        verdict = folder_verdict(text, f"{project}/{path}")
        if verdict is not None:
            return verdict
    return False

"""The facts about the project folder: the value that `frontend.project.survey` makes of the disk."""

from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import Struct

from caliban.compiler.diagnostics import Diagnostic, Place
from caliban.compiler.facts.tables import SHIPPED, Tables
from caliban.compiler.input.config import Config, Settings
from caliban.compiler.input.user_dockerfile import UserDockerfile
from caliban.compiler.locks.caliban_lock import CalibanLock
from caliban.compiler.locks.lock import LockFile

if TYPE_CHECKING:  # most projects have no experiments, and start-up is a feature
    from caliban.compiler.experiments.experiments import Experiments


# Of the code itself: what calls a compiler of the system when it runs.
CompilingCall = Literal["torch.compile", "triton", "cpp_extension.load"]


class FileFact(NamedTuple):
    """One file or link as `lstat` tells it; a tuple, because a project may have 100,000."""

    path: str  # relative to the project, '/' between parts
    mode: int  # st_mode
    size: int  # bytes
    mtime: int  # nanoseconds
    ctime: int  # nanoseconds
    inode: int


class Folder(Struct, frozen=True, kw_only=True):
    """A folder that is copied into the image, without what is left out of it."""

    path: str  # relative to the project; '.' is the project itself
    size: int  # bytes
    files: int
    excluded: bool = False  # whether something in it is left out of the copy


class Entry(Struct, frozen=True, kw_only=True):
    """The program that runs in the container."""

    target: str  # as typed
    argv: tuple[str, ...]  # ('python', '-m', 'trainer.train')
    code: Folder  # what is copied so that it can run
    file: str = ""  # 'trainer/train.py': what runs; '' where nothing is built
    import_path: str | None = None  # a copied folder that must be on the import path: 'src'


class Requirement(Struct, frozen=True, kw_only=True):
    """One declared requirement, as far as a pass decides by it."""

    name: str  # normalized: 'scikit-learn'
    text: str  # as written: 'torch==2.8.0; python_version < "3.13"'
    place: Place
    unwritten: str = ""  # a constraint that `text` cannot say: poetry's '^1 || ^3'


class LineEdit(Struct, frozen=True, kw_only=True):
    """A line of a requirements file that the installer must not see as written."""

    path: str  # of the file: 'requirements.txt', or one that it includes
    line: int  # from 1
    # what a step of its own installs; `-e git+…`; a line that goes on in the next one; a line with several options
    action: Literal["delete", "not-editable", "join", "split"]


class CudaFact(Struct, frozen=True, kw_only=True):
    """Something in the project that says which CUDA torch is to bring, without saying it of torch's own version."""

    version: str  # '11.3'; 'cpu': none
    place: Place


class RequirementsFile(Struct, frozen=True, kw_only=True):
    """A requirements file of the project, or conda's environment file, with all that it includes."""

    path: str  # relative to the project
    includes: tuple[str, ...] = ()  # files and folders that must be there too: `-r`, `-c`, wheels, find-links
    requirements: tuple[Requirement, ...] = ()
    edits: tuple[LineEdit, ...] = ()
    indexes: tuple[str, ...] = ()  # '--extra-index-url https://…'
    git: Place | None = None  # the first requirement that git must fetch
    hashed: bool = False  # each of them has hashes
    constraints: tuple[Requirement, ...] = ()  # of `-c`: they limit versions and ask for nothing
    lines: tuple[str, ...] | None = None  # what it comes to, where the installer is given that instead of the file
    listed: tuple[str, ...] = ()  # the files that `lines` are of
    remark: str | None = None  # what `lines` says otherwise than the file: 'pytorch is torch on PyPI'
    cuda: CudaFact | None = None
    options: tuple[str, ...] = ()  # by which no pass decides: '--pre', '--find-links wheels'
    unnamed: int = 0  # of addresses without a name, and of files on the network that list requirements
    encodings: tuple[tuple[str, str], ...] = ()  # of the files that uv may not be able to read: ('c.txt', 'cp1252')
    unread: Place | None = None  # the first line that only an installer understands in full: an address without a name

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is left for an installer, apart from comments and entries that other steps install."""
        return self.lines == ()


class NamedIndex(Struct, frozen=True, kw_only=True):
    """A package index to which the project gives a name."""

    name: str  # 'team'
    url: str


class PythonFact(Struct, frozen=True, kw_only=True):
    """Something in the project that says which Python it wants."""

    specifier: str  # '==3.11.*', '>=3.9,<3.13'
    place: Place
    advice: bool = False  # it was tried with these: what classifiers say


class FolderRequirement(Struct, frozen=True, kw_only=True):
    """A requirement that is a folder of the project: by `[tool.uv.sources]`, or by a path in a manifest."""

    name: str  # normalized; no index is asked for it
    path: str | None  # 'libs/foo'; None: there is none, which only matters if it is asked for
    extras: tuple[str, ...] = ()
    place: Place
    problem: Diagnostic | None = None  # why there is none


class Group(Struct, frozen=True, kw_only=True):
    """A group of requirements beside those of a package: PEP 735's, or poetry's."""

    name: str  # normalized: 'gpu'
    requirements: tuple[Requirement, ...]
    standard: bool  # PEP 735: the installer reads it by its name


class EditableInstall(Struct, frozen=True, kw_only=True):
    """The inputs of an editable install (PEP 660), if they are certain and the modules are copied."""

    name: str  # of the distribution, normalized: 'my-trainer'
    files: tuple[str, ...]  # that decide about its metadata: 'pyproject.toml', 'README.md', 'LICENSE'
    modules: tuple[str, ...]  # folders that must be there, whatever is in them: 'src/trainer'

    @property
    def stubs(self) -> tuple[str, ...]:
        """The files that make packages of these folders, if they are none of `files`."""
        inits = (f"{folder}/__init__.py" for folder in self.modules)
        return tuple(path for path in inits if path not in self.files)


class Package(Struct, frozen=True, kw_only=True):
    """A folder of the project that is itself a Python distribution."""

    path: str  # '.', 'libs/tools'
    manifest: str  # the file that declares it: 'pyproject.toml', 'libs/tools/setup.py'
    extras: tuple[str, ...] | None  # declared names, normalized; None: only running setup.py can tell
    selected: tuple[str, ...] = ()  # the extras to install
    requirements: tuple[Requirement, ...] | None = None  # None: only building its metadata can tell
    optional: tuple[tuple[str, tuple[Requirement, ...]], ...] = ()  # what each extra adds, where it can be told
    groups: tuple[Group, ...] = ()  # declared
    chosen_groups: tuple[Group, ...] = ()  # to install
    indexes: tuple[str, ...] = ()  # that the manifest adds, as options: '--extra-index-url https://…'
    folders: tuple[FolderRequirement, ...] = ()  # of all these, the ones that are none of an index
    python: PythonFact | None = None  # what the manifest demands of the interpreter
    advice: PythonFact | None = None  # what its classifiers say of the interpreter
    installable: bool = (
        True  # False: declares dependencies, but nothing to install ([project] with no build, poetry's package-mode)
    )
    only_listed: bool = False  # it is built to learn what it depends on, and not installed
    discovers: bool = False  # setuptools looks for its modules by itself, and refuses a folder with several of them
    static: bool = False  # the installer can read its dependencies from the manifest alone, without running anything
    git_version: bool = False  # its version comes from git
    fallback_version: str | None = None  # where git has none
    cuda: Place | None = None  # what says that its build compiles CUDA: 'setup.py:9', 'csrc/kernel.cu'
    build_requires: tuple[str, ...] = ()  # what such a build imports: 'pybind11>=2.12'
    git: Place | None = None  # the first requirement that git must fetch
    unread: Place | None = None  # where it says by itself what a requirement comes to: a `[tool.uv.sources]`
    locked_by: str | None = None  # the lock that says what is installed instead of its requirements: 'uv.lock'
    editable: EditableInstall | None = None  # None: only a build of the whole folder gives what it gives


class Project(Struct, frozen=True, kw_only=True):
    """Everything that later stages know about the project."""

    name: str  # of the folder: 'My Project'
    entry: Entry
    config: Config
    settings: Settings
    directories: tuple[Folder, ...] = ()  # -d, in the order given
    manifests: tuple[Folder, ...] = ()  # copied beside the code, which looks for them: 'setup.py'
    requirements_files: tuple[RequirementsFile, ...] = ()
    packages: tuple[Package, ...] = ()
    locks: tuple[LockFile, ...] = ()
    caliban_lock: CalibanLock | None = None  # what `caliban lock` wrote
    lock_command: str = ""  # 'caliban lock --nogpu train.py', which writes the one that this invocation would use
    indexes: tuple[NamedIndex, ...] = ()
    pythons: tuple[PythonFact, ...] = ()  # the strongest first
    compiling: tuple[tuple[CompilingCall, Place], ...] = ()  # what its code compiles when it runs, and where
    ignore_patterns: tuple[str, ...] = ()  # for the build context, in .dockerignore's language; the last match wins
    ignore_text: str = ""  # of .dockerignore
    experiments: "Experiments | None" = None
    tables: Tables = SHIPPED
    base_image: str | None = None  # that the user names
    base_dockerfile: UserDockerfile | None = None  # or this, as the base
    secrets: tuple[str, ...] = ()  # paths of credentials in the folder: an input of no step
    left_out: tuple[str, ...] = ()  # what the default exclusions left out, for the notice: '.git', '.env'
    keys_left_out: tuple[str, ...] = ()  # credentials in use that would be copied: no --include brings them back
    mounted_files: tuple[str, ...] = ()  # sources of --mount that are files, not folders, as typed
    files: tuple[FileFact, ...] = ()  # all that a build reads, sorted by path
    warnings: tuple[Diagnostic, ...] = ()

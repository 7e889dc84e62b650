#!python
"""The `caliban` command, and `python -m caliban`: the installed script is this very file."""

# Built in: the import of `signal` takes a millisecond, in which Ctrl-C would be a traceback.
import _signal  # type: ignore[import-not-found]  # typeshed has none
import os
import sys

# Until caliban listens to signals, Ctrl-C ends it as the system does, without a traceback out of some import.
if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)


def forget_project() -> None:
    """Takes the project, which may come from the internet, off the import path: its json.py is not Python's own.

    The current directory stands there for `python -m`, and by $PYTHONPATH where that names it, or a folder in it.
    """
    try:
        current = os.getcwd()
    except OSError:  # it was removed meanwhile
        return
    project = os.path.realpath(current)
    named = {os.path.abspath(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)}
    named.add(os.path.abspath(sys.path[0]) if __spec__ is not None else current)
    inside = [each for each in named if f"{os.path.realpath(each)}/".startswith(f"{project.rstrip('/')}/")]
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) not in inside]
    # A checkout of caliban's own, where that is the project: last, so that nothing in it stands before anything else.
    sys.path += [each for each in inside if os.path.isfile(os.path.join(each, "caliban", "__main__.py"))]


if __name__ == "__main__":
    forget_project()
    from caliban.runtime.cli import start

    start()

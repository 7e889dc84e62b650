"""`make tables`: asks the index about each package once, merges, and writes the tables where nothing shrank."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from tables.index import dependencies, files
from tables.layout import spell
from tables.regenerate import Index, regenerated
from tables.shrink import lost

DATA = Path(__file__).resolve().parents[2] / "compiler" / "facts" / "data"
NAMES = ("frameworks", "wheels", "pythons")


def main() -> int:
    """Exit code 1 where something shrank, or, with --check, where a file is not what it would be."""
    options = _options()
    paths = {name: DATA / f"{name}.json" for name in NAMES}
    old = {name: json.loads(path.read_text("utf-8")) for name, path in paths.items()}
    for name in options.add:
        old["wheels"]["packages"].setdefault(name, {})
    names = {*options.names, *options.add}
    new = regenerated(old, Index(files, dependencies, options.reread), lambda name: name in names or not names)
    if not options.check:
        new["pythons"]["as_of"] = f"{datetime.now(UTC):%Y-%m}"
    shrunk = [loss for name in NAMES for loss in lost(old[name], new[name])]
    refused = [loss for loss in shrunk if not {*loss.path} & {*options.allow_shrink}]
    if refused:
        print(*refused, "nothing was written; --allow-shrink NAME accepts what NAME lost", sep="\n", file=sys.stderr)
        return 1
    changed = {
        path: text for name, path in paths.items() if (text := spell(new[name]) + "\n") != path.read_text("utf-8")
    }
    for path, text in changed.items():
        print(f"{path.name} {'would change' if options.check else 'is written'}", file=sys.stderr)
        if not options.check:
            path.write_text(text, "utf-8")
    return 1 if options.check and changed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tables", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="frameworks and packages; without one, all of them")
    parser.add_argument("--add", nargs="+", default=[], metavar="NAME", help="packages that wheels.json shall hold too")
    parser.add_argument("--reread", action="store_true", help="read the metadata of known releases too: minutes")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something would change")
    parser.add_argument("--allow-shrink", nargs="+", default=[], metavar="NAME", help="what may lose rows or be gone")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

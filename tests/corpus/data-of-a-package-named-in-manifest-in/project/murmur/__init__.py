import os

from .version import __version__


def vocabulary():
    path = os.path.join(os.path.dirname(__file__), "assets", "multilingual.tiktoken")
    with open(path, encoding="utf-8") as file:
        return file.read().split()

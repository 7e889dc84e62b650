import argparse

from . import __version__, vocabulary


def cli():
    parser = argparse.ArgumentParser(prog="murmur")
    parser.add_argument("audio", nargs="+")
    arguments = parser.parse_args()
    print(__version__, vocabulary()[0], *arguments.audio)


if __name__ == "__main__":
    cli()

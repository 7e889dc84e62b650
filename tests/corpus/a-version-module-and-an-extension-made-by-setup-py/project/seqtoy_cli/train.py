import argparse

import six

import seqtoy
from seqtoy import libcount


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--text", default="to be or not")
    arguments = parser.parse_args()
    print(seqtoy.__version__, libcount.words(arguments.text), six.__version__)


if __name__ == "__main__":
    main()

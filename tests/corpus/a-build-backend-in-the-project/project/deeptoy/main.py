import sys

import six

import deeptoy


def main():
    print(deeptoy.__version__, six.__version__, sys.argv[1:])


if __name__ == "__main__":
    main()

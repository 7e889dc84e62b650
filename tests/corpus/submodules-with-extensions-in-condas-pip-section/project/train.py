import argparse

import six

from scene import dist

parser = argparse.ArgumentParser()
parser.add_argument("--iterations", type=int, default=1)
print(dist(3, 4) * parser.parse_args().iterations, six.__version__)

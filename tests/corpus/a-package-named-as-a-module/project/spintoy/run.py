import argparse
from importlib.metadata import version

import six

from spintoy.algos import vpg

parser = argparse.ArgumentParser()
parser.add_argument("algo")
parser.add_argument("--steps", type=int, default=4)
arguments = parser.parse_args()
print(arguments.algo, vpg.train(arguments.steps), version("spintoy"), six.__version__)

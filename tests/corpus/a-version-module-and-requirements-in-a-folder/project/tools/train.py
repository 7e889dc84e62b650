import argparse

from toydet import __version__
from toydet.config import read_config

parser = argparse.ArgumentParser()
parser.add_argument("config")
parser.add_argument("--seed", type=int)
arguments = parser.parse_args()
print(__version__, read_config(arguments.config)["total_epochs"], arguments.seed)

#!/usr/bin/env python
import _init_paths
import argparse

from fast_rcnn.config import ROOT_DIR, cfg_from_file

parser = argparse.ArgumentParser()
parser.add_argument("--cfg")
parser.add_argument("--set", dest="settings", nargs=argparse.REMAINDER)
arguments = parser.parse_args()
print(ROOT_DIR, cfg_from_file(arguments.cfg)["EXP_DIR"], arguments.settings)

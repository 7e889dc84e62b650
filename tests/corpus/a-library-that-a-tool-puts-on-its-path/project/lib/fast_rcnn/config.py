import os.path as osp

ROOT_DIR = osp.abspath(osp.join(osp.dirname(__file__), "..", ".."))


def cfg_from_file(path):
    with open(path) as file:
        return dict(line.split(": ") for line in file.read().splitlines())

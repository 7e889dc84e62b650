import argparse
import json

import six

from utils.audio import rate
from voice.utils import audio

parser = argparse.ArgumentParser()
parser.add_argument("--config_path")
with open(parser.parse_args().config_path) as file:
    print(json.load(file)["epochs"], rate() == audio.rate(), six.__version__)

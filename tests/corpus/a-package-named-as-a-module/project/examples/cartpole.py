from importlib.metadata import version

import spintoy
from spintoy.algos.vpg import train

print(spintoy.__version__, version("spintoy"), train(3))

from importlib.metadata import metadata

import tiltoys
from tiltoys import enp

print(tiltoys.__version__, metadata("tiltoys")["Version"], metadata("tiltoys")["Summary"], enp.VERSION)

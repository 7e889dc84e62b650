from importlib.metadata import version

import toydet

print(toydet.__version__, version("toydet"))

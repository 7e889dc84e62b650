from spintoy.version import __version__

from seqtoy.version import __version__

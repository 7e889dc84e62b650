from trainer._version import version

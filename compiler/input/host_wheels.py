"""A wheel in one of the folders that the host's installers look into."""

from typing import NamedTuple


class HostWheel(NamedTuple):
    """One wheel, as its file name tells."""

    name: str  # normalized: 'torch'
    version: str  # '2.13.0+cpu'
    file: str  # 'torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl'

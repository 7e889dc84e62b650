import os

from setuptools import Extension, find_packages, setup


def write_version_module():
    with open(os.path.join("seqtoy", "version.txt")) as file:
        version = file.read().strip()
    with open(os.path.join("seqtoy", "version.py"), "w") as file:
        file.write(f'__version__ = "{version}"\n')
    return version


version = write_version_module()
try:
    os.symlink(os.path.join("..", "examples"), "seqtoy/examples")
    setup(
        name="seqtoy",
        version=version,
        packages=find_packages(exclude=["examples", "examples.*"]),
        package_data={"seqtoy": ["examples/toy/config.txt"]},
        ext_modules=[Extension("seqtoy.libcount", sources=["seqtoy/clib/count.c"])],
        setup_requires=["setuptools>=18.0"],
        install_requires=["six==1.17.0"],
        entry_points={"console_scripts": ["seqtoy-train = seqtoy_cli.train:main"]},
        zip_safe=False,
    )
finally:
    os.unlink("seqtoy/examples")

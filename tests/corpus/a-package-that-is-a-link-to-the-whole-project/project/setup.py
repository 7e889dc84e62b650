import os

import setuptools.command.build_py
from setuptools import find_packages, setup

version = os.getenv("VOICE_BUILD_VERSION", "0.0.1")


class BuildPy(setuptools.command.build_py.build_py):
    def run(self):
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "version.py"), "w") as file:
            file.write(f"__version__ = '{version}'\n")
        super().run()


setup(
    name="voice",
    version=version,
    package_dir={"": "voice_namespace"},
    packages=find_packages("voice_namespace"),
    cmdclass={"build_py": BuildPy},
    install_requires=["six==1.17.0"],
)

import os

from setuptools import find_packages, setup


def read_version(name="murmur/version.py"):
    names = {}
    with open(name, encoding="utf-8") as file:
        exec(compile(file.read(), name, "exec"), names)
    return names["__version__"]


setup(
    name="open-murmur",
    py_modules=["murmur"],
    version=read_version(),
    long_description=open("README.md", encoding="utf-8").read(),
    packages=find_packages(exclude=["tests*"]),
    install_requires=open(os.path.join(os.path.dirname(__file__), "requirements.txt")).read().split(),
    entry_points={"console_scripts": ["murmur=murmur.transcribe:cli"]},
    include_package_data=True,
    extras_require={"dev": ["no-such-distribution-for-development"]},
)

from setuptools import setup

setup(name="pkg", version="1.2", package_dir={"": "src"}, packages=["pkg"])

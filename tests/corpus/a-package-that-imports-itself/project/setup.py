from setuptools import find_packages, setup

setup(
    name="pygcn",
    version="0.1",
    description="Graph Convolutional Networks",
    install_requires=["numpy", "scipy"],
    package_data={"pygcn": ["README.md"]},
    packages=find_packages(),
)

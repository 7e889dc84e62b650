from setuptools import find_packages, setup

setup(
    name="hydra-app",
    version="0.1",
    packages=find_packages(include=["hydra_app"]),
    entry_points={"console_scripts": ["hydra_app = hydra_app.main:main"]},
    install_requires=["hydra-core>=1.0.0"],
    include_package_data=True,
)

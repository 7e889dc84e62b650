import importlib.util
import os

from setuptools import Command, find_packages, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = os.path.dirname(os.path.abspath(__file__))
SHARED = os.path.join(ROOT, "third_party/common-protos")


class GenerateProtos(Command):
    user_options = []

    def initialize_options(self):
        pass

    def finalize_options(self):
        pass

    def run(self):
        from grpc_tools import protoc

        if not os.path.exists(os.path.join(SHARED, "toy/status.proto")):
            raise RuntimeError("Cannot find third_party/common-protos: run `git submodule update --init`")
        arguments = ["protoc", f"--proto_path={SHARED}", f"--proto_path={ROOT}", f"--python_out={ROOT}"]
        for name in ("toy/status.proto", "envtoy/v1/envtoy.proto"):
            if protoc.main([*arguments, name]) != 0:
                raise RuntimeError(name)


class BuildPy(build_py):
    def run(self):
        self.run_command("generate_protos")
        build_py.run(self)


class BuildExt(build_ext):
    def run(self):
        self.run_command("generate_protos")
        build_ext.run(self)


def version():
    spec = importlib.util.spec_from_file_location("_version", "envtoy/_version.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.__version__


setup(
    name="envtoy",
    version=version(),
    packages=find_packages(exclude=["examples"]),
    install_requires=["protobuf"],
    setup_requires=["grpcio-tools"],
    cmdclass={"build_py": BuildPy, "build_ext": BuildExt, "generate_protos": GenerateProtos},
)

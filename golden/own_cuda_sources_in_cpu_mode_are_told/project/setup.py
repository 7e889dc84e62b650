from setuptools import setup
from torch.utils.cpp_extension import BuildExtension, CUDAExtension

setup(
    name="ops",
    version="1.0",
    packages=["ops"],
    install_requires=["torch==2.8.0"],
    ext_modules=[CUDAExtension("ops.fast", ["csrc/fast.cu"])],
    cmdclass={"build_ext": BuildExtension},
)

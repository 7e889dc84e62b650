from setuptools import Extension, setup

setup(
    name="simple_knn",
    packages=["simple_knn"],
    ext_modules=[Extension("simple_knn._C", sources=["src/knn.c"], libraries=["m"])],
)

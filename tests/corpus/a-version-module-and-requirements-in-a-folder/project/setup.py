from setuptools import find_packages, setup


def readme():
    with open("README.md", encoding="utf-8") as file:
        return file.read()


def write_version_module():
    with open("toydet/VERSION") as file:
        short = file.read().strip()
    with open("toydet/version.py", "w") as file:
        file.write(f"__version__ = {short + '+toy'!r}\nshort_version = {short!r}\n")


def version():
    names = {}
    with open("toydet/version.py") as file:
        exec(compile(file.read(), "toydet/version.py", "exec"), names)
    return names["__version__"]


def requirements(name):
    with open(name) as file:
        return [line.strip() for line in file if line.strip() and not line.startswith(("#", "-r"))]


if __name__ == "__main__":
    write_version_module()
    setup(
        name="toydet",
        version=version(),
        long_description=readme(),
        packages=find_packages(exclude=("configs", "tools", "demo")),
        install_requires=requirements("requirements/runtime.txt"),
        extras_require={"all": requirements("requirements.txt"), "tests": requirements("requirements/tests.txt")},
        zip_safe=False,
    )

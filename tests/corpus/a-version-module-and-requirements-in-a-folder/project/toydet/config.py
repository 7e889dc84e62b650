import runpy


def read_config(path):
    names = runpy.run_path(path)
    return {name: value for name, value in names.items() if not name.startswith("__")}

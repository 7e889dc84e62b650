"""The options that a line of a requirements file may have, as uv reads them."""

PATH_OPTIONS = ("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-f", "--find-links")
BINARY_OPTIONS = ("--no-binary", "--only-binary")
# Of the second line uv 0.13.9 only warns, so `INSTALLER_OPTIONS` are given on its command line; the others it lacks.
OTHER_OPTIONS = (
    *("-i", "--index-url", "--extra-index-url", "--no-index", "--no-binary", "--only-binary", "--require-hashes"),
    *("--pre", "--prefer-binary", "--trusted-host", "--use-feature"),
)

VALUE_OPTIONS = (*PATH_OPTIONS, "-i", "--index-url", "--extra-index-url", *BINARY_OPTIONS, "--trusted-host")
IGNORED_OPTIONS = ("--prefer-binary", "--use-feature")


def unquoted(value: str) -> str:
    r"""The path behind an option: uv takes quotes and backslashes off (`-r "my file.txt"`, `-r my\ file.txt`)."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.replace("\\ ", " ")

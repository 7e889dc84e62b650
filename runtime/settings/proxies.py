"""The proxies of the host, from its environment: the names for builds and runs, their values for no eyes."""

from collections.abc import Iterator, Mapping

from caliban.compiler.input.caller import Proxies

# Those that a builder takes as build arguments without an ARG: they are in no cache key and in no image's history.
# https://docs.docker.com/reference/dockerfile/#predefined-args
_NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "FTP_PROXY", "NO_PROXY")


def find_proxies(environment: Mapping[str, str]) -> Proxies:
    """The variables that are set, in either case. The builder's own history keeps build arguments: so `guarded`."""
    names = tuple(name for name in _spellings() if environment.get(name))
    return Proxies(names=names, guarded=any("@" in environment[name] for name in names))


def proxy_of(environment: Mapping[str, str], scheme: str) -> str | None:
    """The URL of the proxy for 'http' or 'https', as curl, uv and Python look for it."""
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    url = next((environment[name] for name in names if environment.get(name)), None)
    return url if url is None or "://" in url else f"http://{url}"


def no_proxy(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts that are reached without it."""
    value = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    return tuple(host.strip() for host in value.split(",") if host.strip())


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to the machine that uses it: from a container, to the container."""
    from urllib.parse import urlsplit  # most commands have no URL to look at

    try:
        host = urlsplit(url if "://" in url else f"http://{url}").hostname or ""
    except ValueError:
        return False
    return host == "localhost" or host.endswith(".localhost") or host.startswith("127.") or host == "::1"


def _spellings() -> Iterator[str]:
    for name in _NAMES:
        yield from (name, name.lower())

"""The bundles of certificates that the host's environment names, for builds and runs behind a proxy that re-signs."""

import os
from collections.abc import Mapping

from caliban.compiler.input.caller import Bundle

# By which Python's ssl, requests and curl are told; those of pip are for installing only.
_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def find_bundles(environment: Mapping[str, str]) -> tuple[Bundle, ...]:
    """The bundles that a run is to trust: files that are there, of this machine, and so of an engine on it."""
    if not engine_is_here(environment):
        return ()
    named = ((name, environment.get(name)) for name in _VARIABLES)
    return tuple(
        Bundle(variable=name, path=os.path.abspath(path)) for name, path in named if path and os.path.isfile(path)
    )


def engine_is_here(environment: Mapping[str, str]) -> bool:
    """Return whether the engine sees this machine's files and loopback, as far as the environment tells."""
    host = environment.get("DOCKER_HOST", "")
    return not host or host.startswith("unix://")

"""What the environment says of proxies and certificates, for builds and runs."""

import secrets
from pathlib import Path

import pytest

from caliban.compiler.input.caller import Bundle, Proxies
from caliban.runtime.settings.proxies import find_proxies, is_loopback, no_proxy, proxy_of
from caliban.runtime.settings.trust import find_bundles

PROXY = "http://proxy.example:3128"


def test_variables_in_either_case_are_passed_on_by_name() -> None:
    environment = {"https_proxy": PROXY, "NO_PROXY": "localhost", "HTTP_PROXY": "", "PATH": "/bin"}
    assert find_proxies(environment) == Proxies(names=("https_proxy", "NO_PROXY"))


def test_a_proxy_with_a_password_is_guarded() -> None:
    environment = {"ALL_PROXY": f"socks5://me:{secrets.token_hex()}@proxy.example:1080"}
    assert find_proxies(environment) == Proxies(names=("ALL_PROXY",), guarded=True)


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, PROXY),
        ({"all_proxy": PROXY}, PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, PROXY),
        ({"HTTP_PROXY": PROXY}, None),
        ({}, None),
    ],
)
def test_a_scheme_has_its_proxy_or_the_one_for_all(environment: dict[str, str], url: str | None) -> None:
    assert proxy_of(environment, "https") == url


def test_hosts_without_a_proxy_are_a_list() -> None:
    assert no_proxy({"NO_PROXY": "localhost, .example,,"}) == ("localhost", ".example")


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:3141/simple", True),
        ("https://me:x@localhost/simple", True),
        ("http://[::1]:8080", True),
        ("127.1.2.3:3128", True),
        ("devpi.localhost:3141", True),
        ("http://172.17.0.1:3141", False),
        ("https://localhost.example/simple", False),
        ("http://[::1", False),
        ("file:///simple", False),
    ],
)
def test_loopback_is_told_from_other_addresses(url: str, near: bool) -> None:
    assert is_loopback(url) == near


def test_runs_trust_the_bundles_that_are_there_for_an_engine_that_sees_them(tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("a certificate")
    environment = {"REQUESTS_CA_BUNDLE": str(bundle), "SSL_CERT_FILE": str(tmp_path / "gone.pem"), "CURL_CA_BUNDLE": ""}
    found = (Bundle(variable="REQUESTS_CA_BUNDLE", path=str(bundle)),)
    far = {**environment, "DOCKER_HOST": "tcp://engine.example:2376"}
    assert (find_bundles(environment), find_bundles(far)) == (found, ())

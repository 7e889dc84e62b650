"""Settings of this machine for a build: certificates, passwords, indexes, proxies; none stays in the image."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from caliban.backends.docker.uv import TORCH_INDEX
from caliban.compiler.diagnostics import Diagnostic, Rejected
from caliban.compiler.input.config import TorchIndex
from caliban.compiler.input.project import NamedIndex, RequirementsFile
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.locked import InstallPins
from caliban.compiler.ir.steps.step import Installing
from caliban.runtime.say import without_passwords
from caliban.runtime.settings import problems
from caliban.runtime.settings.asked import asks_mirror, name_the_default
from caliban.runtime.settings.indexes import (
    PackageIndex,
    PackageSources,
    merge,
    render_uv_configuration,
    web_only,
    with_passwords,
)
from caliban.runtime.settings.installers import InstallerSettings
from caliban.runtime.settings.local_packages import unreadable
from caliban.runtime.settings.pip_settings import PipSettings
from caliban.runtime.settings.proxies import find_proxies, is_loopback, no_proxy, proxy_of
from caliban.runtime.settings.trust import engine_is_here

_ONLY_FOR_PASSWORDS = ("explicit", True)  # uv asks such an index only by name, but knows its password for its host
_LIMIT = 500 << 10  # bytes of a secret
# By which a host says what installers trust; pip's own first, because it speaks of installing alone.
_BUNDLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class HostSettings(Struct, frozen=True, kw_only=True):
    """The settings for a build, apart from its files."""

    files: tuple[tuple[str, str], ...] = ()  # of secrets: id, path
    texts: Mapping[str, str] = field(default_factory=dict)  # of secrets, by id: they travel by the environment
    host_network: bool = False  # something that the user's own settings name is on this machine's loopback
    unseen: tuple[str, ...] = ()  # folders that installers ask here, and that cannot be read
    warnings: tuple[Diagnostic, ...] = ()


class _Files(NamedTuple):
    files: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def host_settings(
    recipe: Recipe,
    files: Sequence[RequirementsFile],
    indexes: Sequence[NamedIndex],
    installers: InstallerSettings,
    *,
    torch_index: TorchIndex | None = None,
) -> HostSettings:
    """The settings for one build of a project, whose `files` and `indexes` these are. Raises Rejected."""
    environment, pip = installers.environment, installers.pip
    certificates = _certificates(environment, pip.cert)
    for_apt = dict(_for_apt(environment, trusting=bool(certificates.files)))
    here = engine_is_here(environment)
    if not any(isinstance(step, Installing) for step in recipe.steps):
        proxied = here and any(_on_loopback(tuple(_proxies(environment))))
        return HostSettings(
            files=certificates.files, texts=for_apt, host_network=proxied, warnings=certificates.warnings
        )
    uv = installers.uv
    passwords = _passwords(environment)
    configured = merge(uv.sources, _beside(pip, files))
    asked = (*with_passwords(configured.indexes, environment), *_only_for_passwords(indexes, environment))
    sources = web_only(replace(configured, indexes=asked))
    torch = torch_index.url if torch_index is not None and asks_mirror(recipe) else None
    trusted = torch is not None and torch_index is not None and (torch_index.source or "").startswith(("-", "$"))
    proxies = find_proxies(environment)
    uv_configuration = render_uv_configuration(sources, _for_uv(environment) if proxies.guarded else {})
    locked = (url for step in recipe.steps if isinstance(step, InstallPins) for url in step.indexes)
    addresses = (*_addresses(files), *(index.url for index in indexes), *locked, *((torch,) if torch else ()))
    own = (torch,) if torch and trusted else ()
    near = tuple(
        _on_loopback(
            (*own, *(index.url for index in configured.indexes), *configured.find_links, *_proxies(environment))
        )
    )
    asked_near = () if near else tuple(_on_loopback(addresses))
    return HostSettings(
        files=(*certificates.files, *passwords.files),
        texts={
            **({"uv": uv_configuration} if uv_configuration else {}),
            **for_apt,
            **({TORCH_INDEX: torch} if torch else {}),
        },
        host_network=here and bool(near),
        unseen=unreadable(configured),
        warnings=(
            *certificates.warnings,
            *passwords.warnings,
            *(problems.unreadable_settings(path, "pip") for path in pip.unreadable),
            *(problems.unreadable_settings(path, "uv") for path in uv.unreadable),
            *((problems.loopback_of_another_machine(near),) if near and not here else ()),
            *((problems.loopback_asked_by_project(asked_near),) if asked_near else ()),
            *((problems.password_only_for_installers(proxies.names),) if _needs_a_proxy(recipe, environment) else ()),
        ),
    )


def _certificates(environment: Mapping[str, str], configured: str | None) -> _Files:
    named = [(f"${name}", environment[name]) for name in _BUNDLES if environment.get(name)]
    named += [("pip.conf: cert", configured)] if configured else []
    if not named:
        return _Files()
    source, path = named[0]
    path = os.path.expanduser(path)
    if not (os.path.isfile(path) and os.access(path, os.R_OK)):
        return _Files(warnings=(problems.no_bundle(source, path),))
    _check_size(source, path)
    return _Files(files=(("ca", path),))


def _passwords(environment: Mapping[str, str]) -> _Files:
    """The .netrc, for uv and git."""
    path = environment.get("NETRC") or os.path.join(environment.get("HOME") or os.path.expanduser("~"), ".netrc")
    if not (os.path.isfile(path) and os.access(path, os.R_OK)):
        return _Files()
    _check_size("$NETRC", path)
    seen_by_others = os.stat(path).st_mode & 0o077
    return _Files(files=(("netrc", path),), warnings=(problems.open_passwords(path),) if seen_by_others else ())


def _check_size(source: str, path: str) -> None:
    if os.stat(path).st_size > _LIMIT:
        raise Rejected(problems.secret_too_large(source, path, _LIMIT))


def _beside(pip: PipSettings, files: Sequence[RequirementsFile]) -> PackageSources:
    """Pip's settings; where a file of the project has an --index-url, pip asks that alone, but with its passwords."""
    if not name_the_default(files):
        return pip.sources
    indexes = (
        PackageIndex(url=index.url, options=(("name", f"pip-{number}"), _ONLY_FOR_PASSWORDS))
        for number, index in enumerate(pip.sources.indexes, start=1)
        if "@" in index.url
    )
    return replace(pip.sources, indexes=tuple(indexes))


def _only_for_passwords(indexes: Sequence[NamedIndex], environment: Mapping[str, str]) -> Iterator[PackageIndex]:
    """The project's own indexes, as far as the host has passwords for them: the project says when they are asked."""
    for number, named in enumerate(indexes, start=1):
        for index in with_passwords((PackageIndex(url=named.url, options=(("name", named.name),)),), environment):
            if index.url != named.url:
                yield PackageIndex(url=index.url, options=(("name", f"project-{number}"), _ONLY_FOR_PASSWORDS))


def _for_uv(environment: Mapping[str, str]) -> dict[str, str | tuple[str, ...]]:
    urls = {f"{scheme}-proxy": proxy_of(environment, scheme) for scheme in ("http", "https")}
    exceptions = no_proxy(environment)
    return {key: url for key, url in urls.items() if url} | ({"no-proxy": exceptions} if exceptions else {})


def _for_apt(environment: Mapping[str, str], *, trusting: bool) -> Iterator[tuple[str, str]]:
    """Its configuration: which certificates to trust, and a proxy with a password; others are in the environment."""
    lines = ['Acquire::https::CAInfo "/run/secrets/ca";\n'] if trusting else []
    if find_proxies(environment).guarded:
        urls = ((scheme, proxy_of(environment, scheme)) for scheme in ("http", "https"))
        lines += [f'Acquire::{scheme}::Proxy "{url}";\n' for scheme, url in urls if url]
    if lines:
        yield "apt", "".join(lines)


def _addresses(files: Sequence[RequirementsFile]) -> Iterator[str]:
    """Yield the URLs in requirements files: indexes, archives, repositories."""
    for file in files:
        yield from (option.partition(" ")[2] for option in file.indexes)
        yield from (url for each in file.requirements for url in re.findall(r"https?://[^\s;]+", each.text))


def _proxies(environment: Mapping[str, str]) -> Iterator[str]:
    return (environment[name] for name in find_proxies(environment).names if name.lower() != "no_proxy")


def _on_loopback(urls: Iterable[str]) -> Iterator[str]:
    """Those that only this machine reaches, without passwords."""
    return (without_passwords(url) for url in dict.fromkeys(urls) if is_loopback(url))


def _needs_a_proxy(recipe: Recipe, environment: Mapping[str, str]) -> bool:
    """Return whether a step needs a proxy that only uv and apt are given."""
    own = isinstance(recipe.base, BaseImage) and recipe.base.dockerfile is not None
    git = any("git" in step.effects.reads for step in recipe.steps)
    return find_proxies(environment).guarded and (own or git)

"""The cloud project that the user works in, where the credentials belong to none."""

import os
from collections.abc import Mapping


def project_of_host(environment: Mapping[str, str], folder: str) -> str | None:
    """The environment's project, else that of gcloud's active configuration in its `folder`.

    Files as gcloud writes them: `active_config` holds a name, `configurations/config_NAME` is an INI file
    (https://cloud.google.com/sdk/docs/configurations). google-auth would start gcloud to ask it, which takes a second.
    """
    for name in ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"):
        if project := environment.get(name):
            return project
    active = environment.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or _text(os.path.join(folder, "active_config")).strip()
    if "/" in active:
        return None
    return _core_project(_text(os.path.join(folder, "configurations", f"config_{active or 'default'}")))


def _core_project(text: str) -> str | None:
    from configparser import ConfigParser, Error

    settings = ConfigParser(interpolation=None)
    try:
        settings.read_string(text)
    except Error:
        return None
    return settings.get("core", "project", fallback=None)


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""

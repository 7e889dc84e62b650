"""The cases of the decision that were looked at one by one: each is a project of a few files, compiled as a whole."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from golden_cases import CALLER
from msgspec.structs import replace
from projects import project

from caliban.compiler.diagnostics import Rejected
from caliban.compiler.frontend.cli.parse import parse
from caliban.compiler.frontend.project.survey import survey
from caliban.compiler.input.invocation import Compile
from caliban.compiler.ir.base import BaseImage
from caliban.compiler.ir.plan import Recipe
from caliban.compiler.ir.steps.cuda import PrepareToolkit
from caliban.compiler.ir.steps.requirements import InstallRequirements
from caliban.compiler.ir.steps.system import InstallSystemPackages
from caliban.compiler.lowering.observed import Observed
from caliban.compiler.pipeline import compile_plan

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "base_cases.json").read_text("utf-8"))
MANIFEST = '[project]\nname = "example"\nversion = "1.0"\nrequires-python = "%s"\n'
RECORDED = """
    bnb-too-old cupy-13 flash-attn jax-0.4.13-gpu jax-local jax-plain-gpu-550 no-docker-gpu-on-mac numpy-only-gpu
    ort-cpu ort-gpu-1.16 ort-gpu-1.22 python-open-torch-2.1.2 tf-2.12-gpu tf-2.16.1-gpu tf-2.4-gpu
    tf-and-cuda-in-cpu-mode tf-gpu-2.12 tf-plus-torch-cu13 torch-1.12.1-gpu-A100 torch-1.13.1-gpu torch-2.10.0-gpu
    torch-2.10.0-gpu-arm64 torch-2.14.1-cpu-arm64 torch-2.15.0-gpu-550 torch-2.15.0-gpu-595 torch-2.4.1-gpu
    torch-2.6.0-cpu torch-2.6.0-gpu-RTX5090 torch-compile torch-unpinned-gpu torchvision-only vllm
"""
CONTAINED = ("pythons", "reason", "note", "rewrite")  # of these a case gives a part, or a choice


def test_no_case_is_missing() -> None:
    assert sorted(case["id"] for case in CASES) == RECORDED.split()


@pytest.mark.parametrize("python", ["3.11", "3.13"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_known_cases_are_decided_as_recorded(case: dict[str, Any], python: str, tmp_path: Path) -> None:
    expected = {key: True if key in CONTAINED else value for key, value in case["expect"].items()}
    assert decision(case, python, tmp_path).items() >= expected.items()


def decision(case: dict[str, Any], python: str, folder: Path) -> dict[str, Any]:
    """What is decided, in the terms of the case."""
    wanted, asked = case["expect"], case["requires_python"]
    files = {"train.py": "", "requirements.txt": "\n".join(case["requirements"]), **case.get("files", {})}
    project(folder, files | ({"pyproject.toml": MANIFEST % asked} if asked else {}))
    try:
        after = compiled(case, python, folder)
    except Rejected as rejected:
        return {"error": rejected.diagnostics[0].code}
    base = after.base
    assert isinstance(base, BaseImage)
    installing = [step.resolution for step in after.steps if isinstance(step, InstallRequirements)]
    rewrites = [text for each in installing for text in (*each.overrides, *each.additions)]
    return {
        "image": "slim" if re.fullmatch(rf"python:{base.python}-slim-\w+", base.image) else base.image,
        "env": dict(base.env),
        "backend": installing[0].torch_backend,
        "builder": next((step.image for step in after.steps if isinstance(step, PrepareToolkit)), None),
        "apt": [name for step in after.steps if isinstance(step, InstallSystemPackages) for name in step.packages],
        "pythons": base.python in wanted.get("pythons", ()),
        "reason": wanted.get("reason", "") in base.reason,
        "note": any(wanted.get("note", "") in note for note in after.notes),
        "rewrite": wanted.get("rewrite") in rewrites,
    }


def compiled(case: dict[str, Any], python: str, folder: Path) -> Recipe:
    invocation = parse(["compile", "--nogpu" if case["mode"] == "cpu" else "--gpu", "train.py"])
    assert isinstance(invocation, Compile)
    caller = replace(
        CALLER,
        root=str(folder),
        python=python,
        platform=f"linux/{case['arch']}",
        system=case.get("system", "Linux"),
    )
    observed = Observed(gpu_driver=case["driver"], gpu_capability=case["capability"])
    image = compile_plan(invocation, survey(invocation, caller), caller, observed).image
    assert isinstance(image, Recipe)
    return image

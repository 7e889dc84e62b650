"""The arguments of a run, read by the parsers that scripts use: each gives back what the config said."""

import argparse
import json
from typing import Any

import click
from absl import flags as absl_flags
from hypothesis import assume, given
from hypothesis import strategies as st

from caliban.compiler.experiments.experiments import Experiment, flags, parse_experiments

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
like_options = st.builds("-{}".format, st.text("-1e.x=, ")) | st.sampled_from(["-", "--", "---", "-1", "--a", "-1e-05"])
names = st.text("abcdefgh_-.é", min_size=1, max_size=6).filter(lambda name: not name.startswith("-"))
runs = st.dictionaries(names, st.booleans() | numbers | texts | like_options, max_size=4).map(
    lambda config: parse_experiments(json.dumps(config), "exp.json")[0]
)


def said(run: Experiment) -> list[Any]:
    return [value for _, value in run]


@given(runs)
def test_argparse_reads_what_the_config_said(run: Experiment) -> None:
    assume("--" not in said(run))  # before Python 3.13, argparse drops it in every form (python/cpython#59317)
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    for number, (name, value) in enumerate(run):
        dest = f"value_{number}"
        if isinstance(value, bool):
            parser.add_argument(f"--{name}", dest=dest, action="store_true")
        else:
            parser.add_argument(f"--{name}", dest=dest, type=type(value))
    assert list(vars(parser.parse_args(flags(run))).values()) == said(run)


@given(runs)
def test_absl_reads_what_the_config_said(run: Experiment) -> None:
    values = absl_flags.FlagValues()
    for name, value in run:
        match value:
            case bool():
                absl_flags.DEFINE_bool(name, False, "", flag_values=values)
            case int():
                absl_flags.DEFINE_integer(name, None, "", flag_values=values)
            case float():
                absl_flags.DEFINE_float(name, None, "", flag_values=values)
            case str():
                absl_flags.DEFINE_string(name, None, "", flag_values=values)
    left = values(["script.py", *flags(run)])
    assert (left, [values[name].value for name, _ in run]) == (["script.py"], said(run))


@given(runs)
def test_click_reads_what_the_config_said(run: Experiment) -> None:
    options: list[click.Parameter] = [
        click.Option([f"--{name}", f"value_{number}"], type=type(value), is_flag=isinstance(value, bool) or None)
        for number, (name, value) in enumerate(run)
    ]
    context = click.Command("script", params=options).make_context("script", list(flags(run)))
    assert [context.params[f"value_{number}"] for number in range(len(run))] == said(run)

"""Fuzzes each target in turn with atheris, for as many seconds in all as the argument says; `make fuzz`.

What breaks a promise, or takes longer than `PATIENCE`, is kept in found/, where `test_fuzz.py` tries it ever after.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # golden_cases

PATIENCE = 20  # seconds for one input
LONGEST = 4096  # bytes of one input: locks are cut, which is one of the ways in which they break


def main(seconds: int) -> int:
    """One process for each target: a fuzzer ends with its process."""
    from targets import TARGETS

    share = max(1, seconds // len(TARGETS))
    ends = {target.name: subprocess.run([sys.executable, __file__, target.name, str(share)], check=False).returncode
            for target in TARGETS}  # fmt: skip
    broken = [name for name, code in ends.items() if code]
    sys.stderr.write(f"fuzz: {len(TARGETS)} targets, {share} s each; findings in: {', '.join(broken) or 'none'}\n")
    return 1 if broken else 0


def fuzz(name: str, seconds: int) -> None:
    """Fuzzes one target; does not return."""
    import atheris

    with atheris.instrument_imports(include=["caliban"]), tempfile.TemporaryDirectory() as scratch:
        from targets import FOUND, TARGETS, try_out

        target = next(target for target in TARGETS if target.name == name)
        corpus, project = Path(scratch, "corpus"), Path(scratch, "project")
        corpus.mkdir()
        for number, seed in enumerate((*target.seeds(), *target.found())):
            (corpus / str(number)).write_bytes(seed)
        try_out(target, next(iter(target.seeds())), project)  # imports what is imported late
        found = FOUND / name
        found.mkdir(parents=True, exist_ok=True)
        limits = (f"-max_total_time={seconds}", f"-timeout={PATIENCE}", f"-max_len={LONGEST}", "-rss_limit_mb=4096")
        told = ("-print_final_stats=1", "-verbosity=0", f"-artifact_prefix={found}/")
        atheris.Setup([sys.argv[0], *limits, *told, str(corpus)], lambda data: try_out(target, data, project) and 0)
        atheris.Fuzz()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        sys.exit(main(int(sys.argv[1])))
    fuzz(sys.argv[1], int(sys.argv[2]))

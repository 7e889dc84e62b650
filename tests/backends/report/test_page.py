"""The page of `caliban explain --html` in a real browser: what it shows, and that nothing in it sticks out."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from golden_cases import GOLDEN

PAGE = GOLDEN / "explain_writes_a_page" / "page.html"
WIDTHS = (1200, 420)  # a desk, a phone
# Runs in the page, and leaves what it found in the title.
_MEASURE = """
<script>
const box = document.documentElement;
const bars = [...document.querySelectorAll('.bar')].map(bar => bar.getBoundingClientRect().width);
document.title = JSON.stringify({
  over: box.scrollWidth - box.clientWidth,
  rows: document.querySelectorAll('#layers tr').length,
  bars: bars.filter(width => width > 0).length,
  widest: Math.max(...bars) > 3 * Math.min(...bars),
});
</script>
"""


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("no Chromium found: scripts/browser installs one", pytrace=False)
    return found


def rendered(browser: str, page: Path, width: int, profile: Path) -> str:
    """The page as the browser has it after its scripts have run."""
    offline = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
    argv = (browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", *offline)
    view = (f"--user-data-dir={profile}", f"--window-size={width},900", "--dump-dom", page.as_uri())
    return subprocess.run([*argv, *view], capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_shows_every_layer_and_fits_the_window(browser: str, tmp_path: Path, width: int) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE.read_text(encoding="utf-8").replace("</body>", f"{_MEASURE}</body>"), encoding="utf-8")
    title = re.search(r"<title>(.*?)</title>", rendered(browser, page, width, tmp_path / "profile"))
    assert title is not None
    assert title[1] == '{"over":0,"rows":7,"bars":7,"widest":true}'


def test_the_page_needs_nothing_from_elsewhere() -> None:
    assert re.findall(r"(?:src|href|url|@import)\s*[=(]|https?:", PAGE.read_text(encoding="utf-8")) == []

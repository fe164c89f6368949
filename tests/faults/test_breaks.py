"""The deliberate breaks: each still finds its place in the code, and the code still reads as Python then."""

import ast
import shutil
from pathlib import Path

import pytest

from deploy.faults.breaks import BREAKS, Break, apply
from deploy.faults.kinds import KINDS
from tests.conftest import ROOT


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.name)
def test_each_break_applies(one: Break, tmp_path: Path) -> None:
    for edit in one.edits:
        (tmp_path / edit.file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / edit.file, tmp_path / edit.file)
    apply(one, tmp_path)
    for edit in one.edits:
        broken = (tmp_path / edit.file).read_text()
        assert broken != (ROOT / edit.file).read_text()
        ast.parse(broken)
    assert set(one.kinds) <= set(KINDS)


def test_a_break_whose_place_has_changed_is_refused(tmp_path: Path) -> None:
    for edit in BREAKS[0].edits:
        (tmp_path / edit.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / edit.file).write_text("something else\n")
    with pytest.raises(ValueError, match="0 places"):
        apply(BREAKS[0], tmp_path)

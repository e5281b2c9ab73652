"""How an example is played: as a user would, or quicker, in this process."""

import runpy
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import pytest


def play_here(script: Path) -> CompletedProcess[str]:
    """Play *script* in this process, where the library is at hand; return how it ended."""
    said, complained = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(script.parent)
        patch.setattr(sys, "argv", [str(script)])
        sys.modules.pop("storytelling", None)  # the one beside the script, not that of another copy
        with redirect_stdout(said), redirect_stderr(complained), pytest.raises(SystemExit) as left:
            runpy.run_path(str(script), run_name="__main__")
        sys.modules.pop("storytelling", None)
    assert isinstance(left.value.code, int)
    return CompletedProcess([script], left.value.code, said.getvalue(), complained.getvalue())

"""A process apart that has one thread and no store, where a fork is cheap and safe; pytest's own has many threads."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

# Without what measures coverage: it would be started and written in each child, most of which are killed anyway; and a
# lock that it holds in one thread while another forks is never let go of in the child.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
TIMES = 10 if os.environ.get("GRANTKIT_PROFILE") == "long" else 1
"""How many times as much is tried as by default."""

PATIENCE = 60 * TIMES
"""For how many seconds an answer is waited for."""


class Host:
    """Such a process, running a module of this folder that answers one job a line: JSON both ways."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __enter__(self) -> Self:
        tests = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, (tests, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"crashes.{self._module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT | {"PYTHONPATH": path},
        )
        return self

    def ask(self, **job: Any) -> Any:
        """Have a job done, and return the answer; what goes wrong there is told on stderr, and ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watch = threading.Timer(PATIENCE, self._process.kill)
        watch.start()
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        finally:
            watch.cancel()
            watch.join()
        assert answer, f"{self._module} gave no answer"
        return json.loads(answer)

    def __exit__(self, *_: object) -> None:
        with self._process:  # which closes its stdin, and so ends it
            pass

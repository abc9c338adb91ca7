"""Talk to Millrace from a Python task: read inputs, give outputs, leave files, say how far you are.

    import millrace

    day = millrace.params["day"]
    rows = millrace.inputs["extract"]["rows"]
    for at, part in enumerate(parts):
        millrace.progress(at / len(parts), part.name)
    millrace.metric("loss", 0.12, step=3)
    millrace.output(rows=rows, day=day)
    millrace.artifact("report.csv")

The module is one file without dependencies, for Python 3.9 and later. It reads and writes the small files that the
environment of a task names; there is no server behind it. Outside of a task everything can be imported and called:
inputs are empty, and what would be given is passed over with a warning, so that a script can be tried by hand.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, NoReturn, Optional, Union

try:
    import fcntl
except ImportError:  # pragma: no cover (not on a system on which Millrace runs tasks)
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "MillraceError",
    "artifact",
    "artifact_path",
    "artifacts_dir",
    "input",
    "inputs",
    "is_task",
    "metric",
    "output",
    "params",
    "progress",
    "run_dir",
    "skip",
]

_MAX_OUTPUTS = 1 << 20
_MAX_METRICS = 8 << 20
_OUTPUT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}\Z")
_METRIC_NAME = re.compile(r"[A-Za-z0-9_./-]{1,128}\Z")


class MillraceError(Exception):
    """Something cannot be read or given; the message says what and what to do."""


def is_task() -> bool:
    """Whether this runs as a task of Millrace."""
    return bool(os.environ.get("MILLRACE_OUTPUTS"))


def run_dir() -> Path:
    """The folder that all tasks of the run share, for files that need not be kept."""
    return _folder("MILLRACE_RUN_DIR")


def artifacts_dir() -> Path:
    """The folder whose files are kept as artifacts when the task ends."""
    return _folder("MILLRACE_ARTIFACTS")


def output(values: Optional[Mapping[str, Any]] = None, /, **more: Any) -> None:
    """Sets outputs of this task, which later tasks see: ``output(rows=3, day="2026-11-30")``.

    A value is anything that JSON can hold. Setting a name again replaces it. All outputs of a task may take 1 MiB;
    what is larger belongs into an artifact.
    """
    lines = []
    for name, value in {**(values or {}), **more}.items():
        if not isinstance(name, str) or not _OUTPUT_NAME.match(name):
            raise MillraceError(
                f"output name {name!r} is not usable: a letter or _, then letters, digits, _ or -, at most 128"
            )
        lines.append(_json({name: value}, f"the output {name}"))
    _append("MILLRACE_OUTPUTS", lines, _MAX_OUTPUTS, "put large values into an artifact, and output its name")


def progress(fraction: float, text: str = "") -> None:
    """Says how far the task is, from 0 to 1, and what it is about. It may be called as often as you like."""
    fraction = _number(fraction, "the progress")
    path = _path("MILLRACE_PROGRESS")
    if path is not None:
        value = {"fraction": min(max(fraction, 0.0), 1.0), "text": str(text)}
        _replace(path, _json(value, "the progress"))


def metric(name: str, value: float, step: Optional[int] = None) -> None:
    """Records a number that was measured; with ``step``, one of a series."""
    if not _METRIC_NAME.match(str(name)):
        raise MillraceError(
            f"metric name {name!r} is not usable: letters, digits, _, -, . and /, at most 128"
        )
    point: Dict[str, Any] = {"metric": str(name), "value": _number(value, f"the metric {name}")}
    if step is not None:
        point["step"] = int(step)
    _append("MILLRACE_METRICS", [_json(point, "the metric")], _MAX_METRICS, "record fewer of them")


def skip(reason: str = "") -> NoReturn:
    """Ends the task here as skipped: there is nothing to do."""
    path = _path("MILLRACE_SKIP")
    if path is not None:
        _replace(path, str(reason).encode("utf-8", "replace"))
    sys.exit(0)


def artifact(source: Union[str, "os.PathLike[str]"], name: Optional[str] = None) -> None:
    """Keeps a file of this task beyond its run, under its own name or another one. It is copied at once."""
    path = Path(source)
    if not path.is_file():
        raise MillraceError(f"there is no file {path}")
    folder = _path("MILLRACE_ARTIFACTS")
    if folder is None:
        return
    target = _artifact_target(folder, path.name if name is None else name)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=str(_path("MILLRACE_RUN_DIR") or target.parent))
    os.close(handle)
    try:
        shutil.copyfile(path, temporary)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def artifact_path(task: str, name: str) -> Path:
    """Where the artifact of a task before this one lies. It can be read, not written."""
    folder = _folder("MILLRACE_RUN_ARTIFACTS") / task
    path = folder / name
    if ".." in Path(name).parts or not path.is_file():
        known = sorted(
            str(found.relative_to(folder)) for found in folder.rglob("*") if found.is_file()
        )
        there = ", ".join(known) if known else "none"
        raise MillraceError(f"no artifact {name!r} of the task {task!r}; there: {there}")
    return path


def input(name: str, default: Any = None) -> Any:  # noqa: A001 (the word of the command line)
    """A value by its name: ``input("params.day")``, ``input("extract.rows")``; ``default`` where it is not there."""
    first, _, rest = name.partition(".")
    if not rest:
        raise MillraceError(f"{name!r} has no dot: say params.NAME or TASK.NAME")
    source: Mapping[str, Any] = params if first == "params" else inputs.get(first, {})
    return source.get(rest, default)


class _Lazy(Mapping[str, Any]):
    """A mapping that is read when it is first asked for."""

    def __init__(self) -> None:
        self._values: Optional[Dict[str, Any]] = None

    def _read(self) -> Dict[str, Any]:
        raise NotImplementedError

    def _all(self) -> Dict[str, Any]:
        if self._values is None:
            self._values = self._read()
        return self._values

    def __getitem__(self, name: str) -> Any:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


class _Params(_Lazy):
    """The parameters of the run, by name."""

    def _read(self) -> Dict[str, Any]:
        values = _read_inputs().get("params", {})
        return dict(values)


class _Inputs(_Lazy):
    """What the tasks before this one gave: their outputs, by the task's name."""

    def _read(self) -> Dict[str, Any]:
        tasks = _read_inputs().get("tasks", {})
        return {name: task.get("outputs") or {} for name, task in tasks.items()}

    def __getitem__(self, name: str) -> Any:
        values = self._all()
        if name not in values:
            # A task further up: its outputs lie in a file of their own.
            found = _read_published(name)
            if found is None:
                known = ", ".join(sorted(values)) or "none"
                raise KeyError(f"{name} is not before this task, or gave no outputs; there: {known}")
            values[name] = found
        return values[name]


params: Mapping[str, Any] = _Params()
"""The parameters of the run, by name."""

inputs: Mapping[str, Any] = _Inputs()
"""The outputs of the tasks before this one: ``inputs["extract"]["rows"]``."""


def _read_inputs() -> Dict[str, Any]:
    path = os.environ.get("MILLRACE_INPUTS")
    if not path:
        return {}
    with open(path, encoding="utf-8") as file:
        found = json.load(file)
    return found if isinstance(found, dict) else {}


def _read_published(task: str) -> Optional[Dict[str, Any]]:
    folder = os.environ.get("MILLRACE_RUN_OUTPUTS")
    if not folder or not re.fullmatch(r"[a-z_][a-z0-9_]*", task):
        return None
    try:
        with open(os.path.join(folder, f"{task}.json"), encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        return None
    return found if isinstance(found, dict) else None


def _artifact_target(folder: Path, name: str) -> Path:
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts:
        raise MillraceError(f"artifact name {name!r} is not usable: it leads out of its folder")
    return folder.joinpath(*parts)


def _folder(variable: str) -> Path:
    path = os.environ.get(variable)
    if not path:
        raise MillraceError(f"{variable} is not set: this works only inside a task that Millrace runs")
    return Path(path)


def _path(variable: str) -> Optional[Path]:
    path = os.environ.get(variable)
    if not path:
        warnings.warn("not inside a task of Millrace: nothing is kept", stacklevel=3)
        return None
    return Path(path)


def _number(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise MillraceError(f"{what} is no number: {value!r}") from None
    if not math.isfinite(number):
        raise MillraceError(f"{what} is no finite number: {value!r}")
    return number


def _json(value: Any, what: str) -> bytes:
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise MillraceError(f"{what} is nothing that JSON can hold: {error}") from None
    return text.encode("utf-8") + b"\n"


def _append(variable: str, lines: List[bytes], limit: int, advice: str) -> None:
    path = _path(variable)
    if path is None or not lines:
        return
    data = b"".join(lines)
    # One write under a lock: parts of a program that run side by side neither mix their lines nor pass the limit.
    with open(path, "ab") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        used = os.fstat(file.fileno()).st_size
        if used + len(data) > limit:
            raise MillraceError(
                f"this would take {used + len(data)} bytes and a task may write {limit}; {advice}"
            )
        file.write(data)


def _replace(path: Path, data: bytes) -> None:
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "wb") as file:
        file.write(data)
    os.replace(temporary, path)

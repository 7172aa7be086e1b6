"""Write checks for comfycheck in Python.

Import this module before any other, subclass `Check`, and export an object of the class:

    Checker = export(MyCheck())

An exception becomes an error that names its file and line. `print` goes to the log. A call for a clock, for
randomness or for a file raises `NotInACheck`, which says what to do instead.
"""

import builtins
import datetime
import importlib
import io
import json
import os
import random
import sys
import time
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Literal, Optional, Union

# Modules that rules often need. A check has no files when it runs, so it cannot import then.
for _name in ("base64", "collections", "decimal", "fractions", "functools", "hashlib", "itertools", "math",
              "operator", "re", "statistics", "string", "struct", "textwrap", "unicodedata", "urllib.parse", "zlib"):
    try:
        importlib.import_module(_name)
    except ImportError:
        pass

Scope = Literal["deployment", "sample", "run"]
Severity = Literal["note", "warning", "error"]


class InvalidSettings(Exception):
    """The settings make no sense, although the schema allows them. The user sees an error of the suite."""


class NotApplicable(Exception):
    """The check does not apply to this deployment. It is skipped, and the run can still pass."""


class Inconclusive(Exception):
    """The check could not answer anything. The run is inconclusive."""


class NotInACheck(RuntimeError):
    """A check called something that the sandbox does not have."""


class HostError(Exception):
    """The host has no answer. `kind` is the contract's word, such as `not-offered`."""

    def __init__(self, kind: str, message: str):
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind, self.message = kind, message


def ask(function: Any, *values: Any) -> Any:
    """Calls a function of `host`. Raises a `HostError` where the contract returns an error:

        response = ask(host.http.get, "/queue")
    """
    try:
        return function(*values)
    except Exception as error:
        # The type of the contract's errors is known only in a component.
        case = getattr(error, "value", None)
        name = type(case).__name__
        if type(error).__name__ != "Err" or not name.startswith("Error_"):
            raise
        kind = "".join("-" + letter.lower() if letter.isupper() else letter for letter in name[len("Error_"):])
        raise HostError(kind.lstrip("-"), str(getattr(case, "value", ""))) from None


@dataclass(frozen=True)
class Node:
    """A node of the workflow, or one of its inputs."""
    id: str
    input: Optional[str] = None


@dataclass(frozen=True)
class Model:
    """A model file. The folder is empty if it is unknown."""
    folder: str
    name: str


@dataclass(frozen=True)
class Sample:
    """A sample, by its index from 0."""
    index: int


@dataclass(frozen=True)
class Image:
    """An image, by the index of its sample and its index in there. Both count from 0."""
    sample: int
    index: int


@dataclass(frozen=True)
class Pack:
    """A node pack, by the name of its folder."""
    folder: str


@dataclass(frozen=True)
class Worker:
    """A worker, by RunPod's id."""
    id: str


@dataclass(frozen=True)
class Other:
    """Anything else, in words."""
    text: str


Subject = Union[Node, Model, Sample, Image, Pack, Worker, Other]


@dataclass(frozen=True)
class Measurement:
    """A measured value. The unit is a UCUM symbol (`s`, `By`, `%`, `1`) or `[USD]`."""
    value: float
    unit: str
    limit: Optional[tuple[Literal["below", "at-most", "at-least", "above"], float]] = None


@dataclass
class Finding:
    """One result. The message is one line, lower case, without a final period."""
    rule: str
    message: str
    subjects: Iterable[Subject] = ()
    measurement: Optional[Measurement] = None
    help: Optional[str] = None
    data: Any = None


@dataclass
class OpenQuestion:
    """A question that the check could not answer this time. Never a pass."""
    rule: str
    reason: str
    help: Optional[str] = None


@dataclass
class Rule:
    """One question that a check answers. Never reuse an id for another question."""
    id: str
    severity: Severity
    summary: str
    explanation: str


class Check:
    """A check. Set the attributes, and write `run`."""
    name: str
    version: str = "0.1.0"
    summary: str
    scopes: Iterable[Scope] = ("deployment",)
    gates: bool = False
    rules: Iterable[Rule] = ()
    settings_schema: dict = {"type": "object", "additionalProperties": False}

    def run(self, scope: Scope, settings: dict) -> Iterable[Union[Finding, OpenQuestion]]:
        """Returns the findings and the open questions of one scope. Can be a generator."""
        raise NotImplementedError


def readme_rules(severities: dict[str, Severity], path: str = "README.md") -> list[Rule]:
    """The rules of a check, explained in its README, which is read when the check is built.

    A section is headed ``## `rule-id` ``. Its first paragraph is the rule's summary, and the rest explains it.
    """
    with open(path if os.path.exists(path) else os.path.join(_FOLDER, path), encoding="utf-8") as file:
        text = "\n" + file.read()
    rules = []
    for rule, severity in severities.items():
        _, found, section = text.partition(f"\n## `{rule}`\n")
        summary, _, explanation = section.partition("\n## ")[0].strip().partition("\n\n")
        if not found or not explanation:
            raise ValueError(f"{path} has no section for the rule `{rule}` with a summary and an explanation")
        rules.append(Rule(rule, severity, " ".join(summary.split()), explanation.strip()))
    return rules


class Workflow:
    """A workflow in API format."""

    def __init__(self, api: dict):
        self.api = api

    @classmethod
    def of_suite(cls) -> "Workflow":
        """The suite's workflow."""
        text = host.workflow.api_json()
        if text is None:
            raise NotApplicable("the workflow is not in API format")
        return cls(json.loads(text))

    def nodes(self) -> Iterator["WorkflowNode"]:
        """Its nodes, in the order of the file."""
        return (WorkflowNode(key, node) for key, node in self.api.items())


class WorkflowNode:
    """A node, with its class and its inputs."""

    def __init__(self, key: str, node: dict):
        self.id: str = key
        self.class_type: str = node.get("class_type", "")
        self.title: Optional[str] = (node.get("_meta") or {}).get("title")
        self.inputs: dict = node.get("inputs") or {}

    def text(self, name: str) -> Optional[str]:
        """An input, if it is a text."""
        value = self.inputs.get(name)
        return value if isinstance(value, str) else None

    def subject(self, name: Optional[str] = None) -> Node:
        """The node, or one of its inputs, as the subject of a finding."""
        return Node(self.id, name)


class _Missing:
    """An interface that the component does not import."""

    def __init__(self, interface: str):
        self._interface = interface

    def __getattr__(self, function: str) -> Any:
        raise NotInACheck(f"`host.{self._interface}.{function}` is not here: import the interface in wit/world.wit; in a "
                          f"test, set `host.{self._interface}` to an object with this function")


class Host:
    """The interfaces that `wit/world.wit` imports, such as `host.samples.samples()`. A test can set them."""

    def __init__(self) -> None:
        for interface in _INTERFACES:
            try:
                module: Any = importlib.import_module(f"wit_world.imports.{interface}")
            except ImportError:
                module = _Missing(interface)
            setattr(self, interface, module)


_INTERFACES = ("log", "workflow", "files", "inventory", "http", "endpoint", "volume", "samples", "dry_run", "outputs",
               "inputs", "pictures")
_FOLDER = os.path.dirname(os.path.abspath(__file__))
host: Any = Host()


class _Log(io.TextIOBase):
    """`print` writes here: whole lines go to the log."""

    def __init__(self, level: str):
        self._level, self._line = level, ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            _log(self._level, line)
        return len(text)

    def flush(self) -> None:
        if self._line:
            self.write("\n")


def _log(level: str, line: str) -> None:
    host.log.log(getattr(host.log.Level, level), line)


_running = False


def _guard(owner: Any, names: str, what: str, instead: str) -> None:
    """Makes functions raise a named error while the check runs. While it is built, they work."""
    def guarded(name: str, original: Any) -> Any:
        def function(*values: Any, **named: Any) -> Any:
            if _running:
                raise NotInACheck(f"{what}{name}(): {instead}")
            return original(*values, **named)
        return function

    for name in names.split():
        if hasattr(owner, name):
            setattr(owner, name, guarded(name, getattr(owner, name)))


def _guard_all() -> None:
    """Replaces what would end a check without a reason. Modules that are imported later get the replacements."""
    clock = "a check has no clock: use the times of samples"
    _guard(time, "time time_ns monotonic monotonic_ns perf_counter perf_counter_ns process_time sleep localtime gmtime "
                 "strftime ctime", "time.", clock)

    class Date(datetime.date):
        pass

    class DateTime(datetime.datetime):
        pass

    _guard(Date, "today", "date.", clock)
    _guard(DateTime, "now utcnow today", "datetime.", clock)
    datetime.date, datetime.datetime = Date, DateTime  # type: ignore[misc]
    chance = "a check gives the same answer every time: use random.Random(seed)"
    _guard(random, "random randint randrange choice choices shuffle sample uniform gauss getrandbits randbytes seed",
           "random.", chance)
    _guard(os, "urandom", "os.", chance)
    random._urandom = os.urandom  # type: ignore[attr-defined]
    files = "a check has no files: read it where the module begins, which runs when the check is built"
    _guard(os, "open listdir stat scandir mkdir remove", "os.", files)
    _guard(builtins, "open", "", files)
    io.open = builtins.open
    _guard(builtins, "input", "", "a check has no input: use its settings")
    importing = builtins.__import__

    def imported(name: str, *rest: Any, **named: Any) -> Any:
        if _running and name.partition(".")[0] not in sys.modules:
            raise NotInACheck(f"import {name}: a check has no files when it runs: import it where the module begins")
        return importing(name, *rest, **named)

    builtins.__import__ = imported


if not isinstance(host.log, _Missing):
    _guard_all()


def _place(error: BaseException) -> str:
    """The innermost lines of the author's files, such as ` (check.py:21 in run)`."""
    lines, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename != __file__:
            lines.append(f"{os.path.basename(code.co_filename)}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    return f" ({', called by '.join(reversed(lines[-3:]))})" if lines else ""


class _Exported:
    """What comfycheck calls: the contract's types on one side, the author's on the other."""

    def __init__(self, check: Check):
        from wit_world.exports import checker
        self._check, self._contract = check, checker

    def describe(self) -> Any:
        return self._call(self._describe)

    def run(self, scope: Any, settings: str) -> Any:
        from componentize_py_types import Err
        contract = self._contract
        try:
            return self._call(lambda: self._run(scope.name.lower(), json.loads(settings)))
        except InvalidSettings as error:
            raise Err(contract.Error_InvalidSettings(str(error)))
        except NotApplicable as error:
            raise Err(contract.Error_NotApplicable(str(error)))
        except Inconclusive as error:
            raise Err(contract.Error_Inconclusive(str(error)))

    @staticmethod
    def _call(call: Any) -> Any:
        global _running
        _running = True
        sys.stdout, sys.stderr = _Log("INFO"), _Log("WARN")
        try:
            answer = call()
            sys.stdout.flush()
            return answer
        except (InvalidSettings, NotApplicable, Inconclusive):
            raise
        except BaseException as error:
            # comfycheck prints the last error of the log when a check aborts, which this ends in.
            _log("ERROR", f"raised {type(error).__name__}: {error}{_place(error)}")
            raise

    def _describe(self) -> Any:
        check, contract = self._check, self._contract
        if type(check).run is Check.run:
            raise TypeError("the check has no function `run`")
        rules = [contract.Rule(rule.id, contract.Severity[rule.severity.upper()], rule.summary, rule.explanation)
                 for rule in check.rules]
        scopes = [contract.Scope[scope.upper()] for scope in check.scopes]
        return contract.Manifest(check.name, check.version, check.summary, scopes, check.gates, rules,
                                 json.dumps(check.settings_schema))

    def _run(self, scope: Scope, settings: dict) -> Any:
        answer = self._contract.Answer([], [])
        for item in self._check.run(scope, settings) or ():
            if isinstance(item, OpenQuestion):
                answer.open.append(self._contract.OpenQuestion(item.rule, item.reason, item.help))
            elif isinstance(item, Finding):
                answer.findings.append(self._finding(item))
            else:
                raise TypeError(f"run() returned a {type(item).__name__} among its findings")
        return answer

    def _finding(self, item: Finding) -> Any:
        contract = self._contract
        measurement = None
        if item.measurement is not None:
            limit = item.measurement.limit
            bounds = {"below": contract.Bound_Below, "at-most": contract.Bound_AtMost, "at-least": contract.Bound_AtLeast,
                      "above": contract.Bound_Above}
            bound = None if limit is None else bounds[limit[0]](float(limit[1]))
            measurement = contract.Measurement(float(item.measurement.value), item.measurement.unit, bound)
        data = None if item.data is None else json.dumps(item.data)
        subjects = [self._subject(subject) for subject in item.subjects]
        if not isinstance(item.message, str):
            raise TypeError(f"the message of a finding of `{item.rule}` is not a text")
        return contract.Finding(item.rule, item.message, subjects, measurement, item.help, data)

    def _subject(self, subject: Subject) -> Any:
        contract = self._contract
        if isinstance(subject, Node):
            return contract.Subject_Node(contract.NodeRef(subject.id, subject.input))
        if isinstance(subject, Model):
            return contract.Subject_Model(contract.ModelRef(subject.folder, subject.name))
        if isinstance(subject, Sample):
            return contract.Subject_Sample(subject.index)
        if isinstance(subject, Image):
            return contract.Subject_Image((subject.sample, subject.index))
        if isinstance(subject, Pack):
            return contract.Subject_Pack(subject.folder)
        if isinstance(subject, Worker):
            return contract.Subject_Worker(subject.id)
        if isinstance(subject, Other):
            return contract.Subject_Other(subject.text)
        raise TypeError(f"a {type(subject).__name__} is not a subject of a finding")


def export(check: Check) -> Any:
    """Makes an object the class that comfycheck calls. Outside a component, such as in tests, returns the check."""
    try:
        exported = _Exported(check)
    except ImportError:
        return check
    for owner in (check, *check.rules):
        for name, value in {**vars(type(owner)), **vars(owner)}.items():
            if name in ("id", "name", "version", "summary", "explanation") and not isinstance(value, str):
                raise TypeError(f"`{name}` of the check or of a rule is not a text")

    class Checker:
        describe = staticmethod(exported.describe)
        run = staticmethod(exported.run)

    return Checker

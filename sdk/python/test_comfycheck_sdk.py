"""What the SDK makes of a check: run `python3 -m unittest discover sdk/python`.

The modules of a component are stand-ins here. They are there before the SDK is imported, as in a component.
"""

import datetime
import enum
import random
import sys
import time
import types
import unittest
from dataclasses import make_dataclass


class Err(Exception):
    def __init__(self, value):
        super().__init__(value)
        self.value = value


LOG = []


def stand_ins():
    """The modules that componentize-py makes of the contract."""
    log = types.ModuleType("wit_world.imports.log")
    log.Level = enum.Enum("Level", "TRACE DEBUG INFO WARN ERROR")
    log.log = lambda level, text: LOG.append(f"{level.name}: {text}")
    checker = types.ModuleType("wit_world.exports.checker")
    checker.Severity = enum.Enum("Severity", "NOTE WARNING ERROR")
    checker.Scope = enum.Enum("Scope", "DEPLOYMENT SAMPLE RUN")
    records = {
        "Rule": "id default_severity summary explanation",
        "Manifest": "name version summary scopes gates rules settings_schema",
        "Answer": "findings open",
        "Finding": "rule message subjects measurement help data",
        "OpenQuestion": "rule reason help",
        "Measurement": "value unit limit",
        "NodeRef": "id input",
        "ModelRef": "folder name",
        **{f"Subject_{kind}": "value" for kind in ("Node", "Model", "Sample", "Image", "Pack", "Worker", "Other")},
        **{f"Bound_{kind}": "value" for kind in ("Below", "AtMost", "AtLeast", "Above")},
        **{f"Error_{kind}": "value" for kind in ("InvalidSettings", "NotApplicable", "Inconclusive", "NotOffered")},
    }
    for name, fields in records.items():
        setattr(checker, name, make_dataclass(name, fields.split()))
    contract = types.ModuleType("componentize_py_types")
    contract.Err = Err
    packages = [types.ModuleType(name) for name in ("wit_world", "wit_world.imports", "wit_world.exports")]
    packages[2].checker = checker
    for module in (*packages, log, checker, contract):
        sys.modules[module.__name__] = module
    return checker


CONTRACT = stand_ins()

import comfycheck_sdk as sdk  # noqa: E402


def exported(answer, **attributes):
    """A check that answers with the result of a function of its settings."""
    default = {"name": "prompts", "summary": "prompts are short", "rules": [sdk.Rule("long", "warning", "Long.", "Why.")]}
    functions = {"run": lambda self, scope, settings: answer(settings)} if answer else {}
    LOG.clear()
    return sdk.export(type("Prompts", (sdk.Check,), {**default, **attributes, **functions})())()


def run(answer, settings="{}"):
    """What a check answers, with stdout as it was."""
    check, streams = exported(answer), (sys.stdout, sys.stderr)
    try:
        return check.run(CONTRACT.Scope.DEPLOYMENT, settings)
    finally:
        sys.stdout, sys.stderr = streams
        sdk._running = False


class Answers(unittest.TestCase):
    def test_findings_and_open_questions_are_kept_apart(self):
        def answer(settings):
            print("limit", settings["limit"])
            subjects = [sdk.Node("2", "text"), sdk.Model("loras", "a.safetensors")]
            limit = ("at-most", settings["limit"])
            yield sdk.Finding("long", "too long", subjects, measurement=sdk.Measurement(9, "1", limit))
            yield sdk.OpenQuestion("long", "no text")

        found = run(answer, '{"limit": 8}')
        (finding,) = found.findings
        self.assertEqual((finding.rule, finding.measurement.limit), ("long", CONTRACT.Bound_AtMost(8.0)))
        self.assertEqual([subject.value.__dict__ for subject in finding.subjects],
                         [{"id": "2", "input": "text"}, {"folder": "loras", "name": "a.safetensors"}])
        self.assertEqual([question.reason for question in found.open], ["no text"])
        self.assertEqual(LOG, ["INFO: limit 8"])

    def test_nothing_is_an_answer(self):
        self.assertEqual(run(lambda _: None), CONTRACT.Answer([], []))

    def test_no_answer_is_an_error_of_the_contract(self):
        def answer(_):
            raise sdk.NotApplicable("no nodes")

        with self.assertRaises(Err) as raised:
            run(answer)
        self.assertEqual((raised.exception.value, LOG), (CONTRACT.Error_NotApplicable("no nodes"), []))

    def test_an_error_of_the_host_has_its_kind(self):
        def failing():
            raise Err(CONTRACT.Error_NotOffered("no server"))

        with self.assertRaises(sdk.HostError) as raised:
            sdk.ask(failing)
        self.assertEqual((raised.exception.kind, raised.exception.message), ("not-offered", "no server"))


class Mistakes(unittest.TestCase):
    def test_every_one_is_an_error_in_the_log_with_its_place(self):
        answers = {
            "an exception": lambda _: {}["text"],
            "a text": lambda _: ["too long"],
            "a message that is not a text": lambda _: [sdk.Finding("long", 9)],
            "the time": lambda _: time.time(),
            "a date": lambda _: datetime.datetime.now(),
            "a pause": lambda _: time.sleep(1),
            "randomness": lambda _: random.random(),
            "a file": lambda _: open("README.md", encoding="utf-8"),
            "a module": lambda _: __import__("xml.dom.minidom"),
            "an interface that is not imported": lambda _: sdk.host.samples.samples(),
            "an exit": lambda _: sys.exit(3),
        }
        for name, answer in answers.items():
            with self.subTest(name), self.assertRaises(BaseException):
                run(answer)
            with self.subTest(name):
                self.assertEqual(len(LOG), 1)
                self.assertRegex(LOG[0], r"^ERROR: raised \w+: .+")

    def test_a_check_without_run_does_not_describe_itself(self):
        check, streams = exported(None), (sys.stdout, sys.stderr)
        with self.assertRaises(TypeError):
            check.describe()
        sys.stdout, sys.stderr = streams
        sdk._running = False
        self.assertRegex(LOG[0], "^ERROR: raised TypeError: ")


if __name__ == "__main__":
    unittest.main()

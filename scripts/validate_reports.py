"""Validates a folder with the reports of one run. See scripts/validate-reports."""

import argparse
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import jsonschema
import junitparser
import xmlschema


def by_schema(document: Path, schema: Path) -> None:
    """The document is valid under its schema, with the formats that the schema names (dates, URIs, ids)."""
    schema = json.loads(schema.read_text())
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    errors = list(validator(schema, format_checker=validator.FORMAT_CHECKER).iter_errors(json.loads(document.read_text())))
    assert not errors, [f"{error.json_path}: {error.message}" for error in errors]


def code_scanning(validated: Path) -> None:
    """Microsoft's validator found nothing wrong, by the rules of SARIF and of GitHub."""
    log = json.loads(validated.read_text(encoding="utf-8-sig"))
    found = [result for run in log["runs"] for result in run.get("results", [])]
    assert not found, [(result["ruleId"], result["message"]) for result in found]
    assert all(run["invocations"][0]["executionSuccessful"] for run in log["runs"])


def junit(document: Path, schema: Path) -> None:
    """Jenkins' xUnit plugin accepts it, two readers find the same numbers, and GitLab's keys (class and name) are unique."""
    xmlschema.XMLSchema(schema).validate(document)
    suites = list(junitparser.JUnitXml.fromfile(str(document)))
    cases = [case for suite in suites for case in suite]
    results = [type(result).__name__ for case in cases for result in case.result]
    root = ElementTree.parse(document).getroot()
    for tag, name in (("failure", "Failure"), ("error", "Error"), ("skipped", "Skipped")):
        found = len(root.findall(f".//testcase/{tag}"))
        assert found == results.count(name), (tag, found)
        counted = sum(int(suite.get({"failure": "failures", "error": "errors"}.get(tag, tag), 0)) for suite in root)
        assert counted == found, (tag, counted, found)
    keys = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(keys) == len(cases) == len(set(keys)) and all(all(key) for key in keys)


def github(document: Path) -> None:
    """Each line is one command with GitHub's documented escaping; at most ten of a kind."""
    lines = document.read_text().splitlines()
    property_ = r"(?:file|line|col|title)=(?:[^%:,\r\n]|%25|%0D|%0A|%3A|%2C)*"
    command = re.compile(rf"::(error|warning|notice) ({property_}(?:,{property_})*)::((?:[^%\r\n]|%25|%0D|%0A)+)")
    kinds = []
    for line in lines:
        match = command.fullmatch(line)
        assert match, line
        kinds.append(match[1])
        properties = dict(part.split("=", 1) for part in match[2].split(","))
        assert int(properties.get("line", 1)) > 0 and not properties.get("file", "").startswith("/"), line
    assert all(kinds.count(kind) <= 10 for kind in ("error", "warning", "notice")), kinds


def markdown(document: Path) -> None:
    """It fits into a GitHub comment."""
    assert len(document.read_text()) < 65_536


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    for schema in ("ctrf", "sarif", "run", "junit"):
        parser.add_argument(f"--{schema}", type=Path, required=True)
    arguments = parser.parse_args()
    folder = arguments.folder
    by_schema(folder / "report.json", arguments.run)
    by_schema(folder / "report.ctrf.json", arguments.ctrf)
    by_schema(folder / "report.sarif", arguments.sarif)
    code_scanning(folder / "validated.sarif")
    junit(folder / "report.xml", arguments.junit)
    github(folder / "commands")
    markdown(folder / "comment.md")
    print(f"{folder.name}: json, ctrf, sarif, junit, github and markdown are valid")


if __name__ == "__main__":
    main()

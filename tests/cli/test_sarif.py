"""`check --sarif`: what the standard (SARIF 2.1.0) demands of a log, and that it says what the diagnostics say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from fmplang.catalogue_run import catalogue
from fmplang.check import check
from tests.cli.conftest import Call

GOLDEN = Path(__file__).parent.parent / "golden" / "draft.fmp"
LINTS = Path(__file__).parent.parent / "programs" / "lints" / "neural.fmp"
SYNTAX = 'def main(n: int) -> bool:\n    retrun n == 1 && n > 0\n    s = "é𝄞"; x = n\n    return “a”\n'

# What each object of the log may hold, and what it has to (section 3 of the standard, as far as it is used here).
SHAPES: dict[str, tuple[set[str], set[str]]] = {
    "log": ({"$schema", "version", "runs"}, {"version", "runs"}),
    "run": ({"tool", "columnKind", "invocations", "artifacts", "results"}, {"tool"}),
    "driver": ({"name", "version", "rules"}, {"name"}),
    "rule": ({"id", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"}, {"id"}),
    "result": ({"ruleId", "ruleIndex", "level", "message", "locations", "relatedLocations", "fixes",
                "partialFingerprints"}, {"message"}),
    "location": ({"id", "physicalLocation", "logicalLocations", "message"}, set()),
    "physical": ({"artifactLocation", "region"}, {"artifactLocation"}),
    "fix": ({"description", "artifactChanges"}, {"artifactChanges"}),
    "change": ({"artifactLocation", "replacements"}, {"artifactLocation", "replacements"}),
    "replacement": ({"deletedRegion", "insertedContent"}, {"deletedRegion"}),
    "invocation": ({"executionSuccessful", "toolExecutionNotifications"}, {"executionSuccessful"}),
    "notification": ({"level", "message", "descriptor", "locations"}, {"message"}),
}


def shaped(value: Any, name: str) -> None:
    allowed, needed = SHAPES[name]
    assert isinstance(value, dict) and needed <= value.keys() <= allowed, (name, value)


def said(message: Any) -> str:
    assert message.keys() <= {"text", "markdown"} and message["text"].strip(), message
    return str(message["text"])


def region(value: Any, text: str) -> tuple[int, int]:
    """The offsets of a region; its lines and columns, which count characters, say the same."""
    assert value.keys() == {"startLine", "startColumn", "endLine", "endColumn", "charOffset", "charLength"}
    assert all(isinstance(n, int) for n in value.values())
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    start = starts[value["startLine"] - 1] + value["startColumn"] - 1
    end = starts[value["endLine"] - 1] + value["endColumn"] - 1
    assert (start, end - start) == (value["charOffset"], value["charLength"])
    assert 0 <= start <= end <= len(text)
    return start, end


def located(value: Any, folder: Path) -> tuple[str, tuple[int, int] | None]:
    shaped(value, "location")
    if "physicalLocation" not in value:
        assert value["logicalLocations"][0]["fullyQualifiedName"]
        return "", None
    shaped(value["physicalLocation"], "physical")
    uri = value["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri) and not uri.startswith("/")
    text = (folder / unquote(uri)).read_bytes().decode().replace("\r\n", "\n") if "region" in value[
        "physicalLocation"] else ""
    return uri, region(value["physicalLocation"]["region"], text) if text else None


def checked(log: Any, folder: Path) -> list[dict[str, Any]]:
    """The results of a log that holds to the standard."""
    shaped(log, "log")
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    shaped(run, "run")
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["tool"].keys() == {"driver"}
    shaped(run["tool"]["driver"], "driver")
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        shaped(rule, "rule")
        entry = catalogue()[rule["id"]]
        assert said(rule["shortDescription"]) == entry.title and said(rule["fullDescription"]) == entry.why.strip()
        assert entry.failing.strip() in said(rule["help"]) and entry.mended.strip() in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning")
        assert all(isinstance(tag, str) for tag in rule["properties"]["tags"])
    for invocation in run["invocations"]:
        shaped(invocation, "invocation")
        for note in invocation.get("toolExecutionNotifications", []):
            shaped(note, "notification")
            said(note["message"])
    uris = {a["location"]["uri"] for a in run["artifacts"]}
    for result in run["results"]:
        shaped(result, "result")
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning")
        said(result["message"])
        (place,) = result["locations"]
        assert located(place, folder)[0] in uris
        for i, related in enumerate(result.get("relatedLocations", [])):
            assert related["id"] == i + 1
            said(related["message"])
            located(related, folder)
        for fix in result.get("fixes", []):
            shaped(fix, "fix")
            said(fix["description"])
            for change in fix["artifactChanges"]:
                shaped(change, "change")
                assert change["replacements"]
                for replacement in change["replacements"]:
                    shaped(replacement, "replacement")
        assert all(re.fullmatch(r"[0-9a-f]{32}", v) for v in result["partialFingerprints"].values())
    return list(run["results"])


@pytest.fixture
def programs(folder: Path) -> dict[str, str]:
    (folder / "a b").mkdir()
    texts = {"a b/draft é.fmp": GOLDEN.read_text(encoding="utf-8"), "lints.fmp": LINTS.read_text(encoding="utf-8"),
             "syntax.fmp": SYNTAX}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return texts


def test_the_log_holds_to_the_standard_and_says_what_the_diagnostics_say(
        call: Call, folder: Path, programs: dict[str, str]) -> None:
    ended = call("check", "--sarif", *programs)
    assert ended.code == 1 and ended.err == ""
    results = checked(ended.json, folder)
    told = [(d, name) for name, text in programs.items() for d in check(text).diagnostics]
    assert len(results) == len(told) > 30
    for result, (d, name) in zip(results, told, strict=True):
        assert (result["ruleId"], result["level"]) == (d.code, d.severity)
        uri, place = located(result["locations"][0], folder)
        assert (unquote(uri), place) == (name, tuple(d.span))
        assert len(result.get("relatedLocations", [])) == len(d.labels)
        assert (d.title in result["message"]["text"] and d.found in result["message"]["text"]) or not d.expected


def test_a_fix_of_the_log_is_the_fix_of_the_diagnostic(call: Call, folder: Path, programs: dict[str, str]) -> None:
    results = checked(call("check", "--sarif", *programs).json, folder)
    told = [d for text in programs.values() for d in check(text).diagnostics]
    count = 0
    for result, d in zip(results, told, strict=True):
        for made, fix in zip(result.get("fixes", []), d.fixes, strict=True):
            (change,) = made["artifactChanges"]
            edits = [(region(r["deletedRegion"], d.source.text), r.get("insertedContent", {}).get("text", ""))
                     for r in change["replacements"]]
            assert edits == sorted((tuple(e.span), e.text) for e in fix.edits)
            assert ("look at it first" in made["description"]["text"]) is not fix.safe
            count += 1
    assert count > 10


def test_a_finding_keeps_its_fingerprint_where_lines_are_added(call: Call, folder: Path) -> None:
    def prints() -> list[str]:
        return [r["partialFingerprints"]["fmplangLine/v1"] for r in checked(
            call("check", "--sarif", "p.fmp").json, folder)]

    text = "def main(n: int) -> int:\n    print(a)\n    print(n + 'a')\n    print(n + 'a')\n    return n\n"
    (folder / "p.fmp").write_text(text)
    first = prints()
    assert len(set(first)) == 3
    more = text.replace("    print(a)", "    # and here\n      \n    print(a)")
    (folder / "p.fmp").write_text("# one more\n\n" + more)
    assert prints() == first


def test_what_cannot_be_read_is_a_notification(call: Call, folder: Path) -> None:
    ended = call("check", "--sarif", "missing.fmp", "query.fmp")
    assert ended.code == 2
    assert checked(ended.json, folder) == []
    (invocation,) = ended.json["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    (note,) = invocation["toolExecutionNotifications"]
    assert note["descriptor"]["id"] == "FMP830" and "missing.fmp" in note["message"]["text"]
    assert checked(call("check", "--sarif", "query.fmp").json, folder) == []


def test_standard_input_and_other_options(call: Call, folder: Path) -> None:
    log = call("check", "--sarif", "-", stdin="def main() -> int:\n    return x\n").json
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "stdin.fmp"
    assert call("check", "--sarif", "--json", "query.fmp").code == 2
    assert call("check", "--sarif", "--fix", "-", stdin="").code == 2
    (folder / "p.fmp").write_text("def main(n: int) -> int:\n    retrun n\n")
    assert checked(call("check", "--sarif", "--fix", "p.fmp").json, folder) == []
    assert json.dumps(call("check", "--sarif", str(folder / "query.fmp")).json["runs"][0]["artifacts"]) == (
        '[{"location": {"uri": "query.fmp"}}]')

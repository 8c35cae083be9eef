"""A SARIF document on standard input: what the schema of 2.1.0 wants of the parts that are used."""
import json
import sys

LEVELS = {"none", "note", "warning", "error"}


def location(at):
    physical = at["physicalLocation"]
    assert set(physical) <= {"artifactLocation", "region"}, physical
    assert isinstance(physical["artifactLocation"]["uri"], str)
    region = physical["region"]
    assert all(isinstance(n, int) and n >= 1 for n in region.values()), region
    assert set(region) <= {"startLine", "startColumn", "endColumn"}, region


def result(rules, found):
    assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
    assert found["level"] in LEVELS
    assert isinstance(found["message"]["text"], str)
    assert len(found["locations"]) == 1
    for at in found["locations"] + found["relatedLocations"]:
        location(at)
    for at in found["relatedLocations"]:
        assert at["message"]["text"]
    for fix in found.get("fixes", []):
        assert fix["description"]["text"]
        for change in fix["artifactChanges"]:
            assert change["replacements"]
            for edit in change["replacements"]:
                assert edit["deletedRegion"]["byteOffset"] >= 0
                assert edit["deletedRegion"]["byteLength"] >= 0
                assert isinstance(edit["insertedContent"]["text"], str)
    for allowed in found["suppressions"]:
        assert allowed["kind"] == "inSource" and allowed["justification"]


document = json.load(sys.stdin)
assert document["version"] == "2.1.0" and document["$schema"].endswith("sarif-schema-2.1.0.json")
(run,) = document["runs"]
driver = run["tool"]["driver"]
assert driver["name"] and driver["version"]
assert run["columnKind"] == "unicodeCodePoints"
for rule in driver["rules"]:
    assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"]
    assert rule["defaultConfiguration"]["level"] in LEVELS
for found in run["results"]:
    result(driver["rules"], found)

# The two that the test has: one behind wide letters, whose columns are characters, one allowed.
wide, allowed = run["results"]
assert wide["locations"][0]["physicalLocation"]["region"]["startColumn"] == 11, wide
assert wide["suppressions"] == []
assert allowed["suppressions"][0]["justification"] == 'one "client" at a time'

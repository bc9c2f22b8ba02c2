"""Every numbered rule of the support agreement is named by a test, or is listed as not built yet.

A test names a rule by `@pytest.mark.rule("RSP-1")` or in its own name: `test_RSP_1_answers_in_time`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent

# How many rules each part of the agreement has; they are numbered from 1.
PARTS = {
    "SUP": 5,  # support model
    "EXC": 3,  # what no target and no credit covers
    "SEV": 5,  # severity
    "INT": 7,  # intake
    "CON": 5,  # designated contacts
    "RSP": 5,  # initial response
    "RST": 8,  # restoration and resolution
    "COP": 2,  # cooperation
    "CRP": 3,  # customer response policy
    "ESC": 8,  # escalation
    "AVL": 7,  # availability
    "CRD": 5,  # credit
    "RCA": 3,  # root cause analysis
    "NOT": 5,  # proactive notices
}
RULES = {f"{part}-{number}" for part, count in PARTS.items() for number in range(1, count + 1)}

# Only ever shrinks: whoever builds a rule takes it out.
NOT_BUILT_YET: set[str] = set()


def rules_named_in(source: str) -> Iterator[str]:
    """The rules that the tests of one file name, in their names or their markers."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield from (f"{part}-{number}" for part, number in re.findall(r"_([A-Z]{3})_(\d+)", node.name))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant))


def named_rules(folder: Path) -> set[str]:
    """The rules that the tests below `folder` name, this file's own examples left out."""
    files = [path for path in folder.rglob("test_*.py") if path != Path(__file__)]
    return {rule for path in files for rule in rules_named_in(path.read_text())}


def test_every_rule_is_shown_by_a_test_or_not_built_yet():
    assert sorted(RULES - named_rules(TESTS) - NOT_BUILT_YET) == []


def test_what_is_built_leaves_the_list():
    assert sorted(NOT_BUILT_YET & named_rules(TESTS)) == []


def test_only_rules_of_the_agreement_are_named():
    assert sorted((named_rules(TESTS) | NOT_BUILT_YET) - RULES) == []


def test_rules_are_read_from_names_and_markers():
    source = """
pytestmark = [pytest.mark.rule("SUP-1")]

@pytest.mark.rule("RSP-1", "RSP-2")
def test_answers():
    # RSP-3 in a comment is no test of it
    "nor is RSP-4 in a text"

def test_RST_7_a_breach_stands(): ...

@pytest.mark.parametrize("case", [pytest.param(1, marks=pytest.mark.rule("CON-1"))])
def test_cases(case): ...

def make_SEV_1_ticket(): ...
"""

    assert set(rules_named_in(source)) == {"SUP-1", "RSP-1", "RSP-2", "RST-7", "CON-1"}

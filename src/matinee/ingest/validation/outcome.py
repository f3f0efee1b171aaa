"""What a validation found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matinee.ingest.validation.rule import Severity

EXAMPLES = 5
"""Rows shown of each rule that is broken: enough to see what they have in common."""
MAX_SHOWN = 200
"""Characters shown of a value."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row that breaks a rule.

    Attributes:
        id: its id, None where it has none.
        title: its title, None where it has none.
        column: the column at fault, empty where the row as a whole is meant.
        value: what stands there, cut to 200 characters, None where nothing does.
    """

    id: str | None
    title: str | None
    column: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one rule.

    Attributes:
        rule: its name.
        severity: ``error`` or ``warning``.
        demand: what it asks for.
        count: rows that break it.
        examples: the first of them.
        cure: what to do.
    """

    rule: str
    severity: Severity
    demand: str
    count: int
    examples: tuple[Example, ...]
    cure: str


@dataclass(frozen=True, slots=True)
class Validation:
    """What came of all rules.

    Attributes:
        rows: rows that were checked.
        findings: rule by rule, in the order of the rules, those that are kept included.
    """

    rows: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no rule of contract is broken."""
        return not any(f.count for f in self.findings if f.severity == "error")

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The rules that are broken, the worst first: errors, then by number of rows."""
        found = [f for f in self.findings if f.count]
        return tuple(sorted(found, key=lambda f: (f.severity != "error", -f.count)))

    def to_dict(self) -> dict[str, Any]:
        """Return what ``validation.json`` holds: every rule, kept or broken."""
        return {
            "rows": self.rows,
            "ok": self.ok,
            "rules": [
                {**asdict(f), "examples": list(map(asdict, f.examples))} for f in self.findings
            ],
        }

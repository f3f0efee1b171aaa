"""What a catalogue must hold and should hold: rules, and a report of the rows that break them."""

from matinee.ingest.validation.outcome import Example, Finding, Validation
from matinee.ingest.validation.refused import Reason, reasons
from matinee.ingest.validation.rule import Rule, Severity
from matinee.ingest.validation.validator import Validator, rules, validate

__all__ = [
    "Example",
    "Finding",
    "Reason",
    "Rule",
    "Severity",
    "Validation",
    "Validator",
    "reasons",
    "rules",
    "validate",
]

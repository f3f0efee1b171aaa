"""The kinds of jobs: what each takes, and the command it is."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from matinee.errors import QueryError
from matinee.service.whole import WholeNumbers

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATH, _WORD = 4_096, 200
_MOST = 100
"""Paths of one job."""
_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_PLAIN = rf"^[^{_CONTROL}-][^{_CONTROL}]*$"
"""No option, and on one line; names of files may hold any other character."""


def _plain(text: str) -> str:
    """Refuse what a command line would take for an option, or cannot hold."""
    if text.startswith("-"):
        raise ValueError("begins with a hyphen")
    if re.fullmatch(_PLAIN, text) is None:
        raise ValueError("holds a control character or a line break")
    return text


PathText = Annotated[
    str,
    # The pattern is for the document: that a text does not match it would tell nobody why.
    Field(min_length=1, max_length=_PATH, json_schema_extra={"pattern": _PLAIN}),
    AfterValidator(_plain),
]
Word = Annotated[
    str,
    Field(min_length=1, max_length=_WORD, json_schema_extra={"pattern": _PLAIN}),
    AfterValidator(_plain),
]
Paths = Annotated[list[PathText], Field(min_length=1, max_length=_MOST)]


class _Arguments(WholeNumbers):
    model_config = ConfigDict(strict=True, extra="forbid")

    @abstractmethod
    def words(self) -> list[str]:
        """Return what follows the command, paths behind ``--``."""


class VerifyArguments(_Arguments):
    """A check of the library takes nothing."""

    model_config = ConfigDict(json_schema_extra={"example": {}})

    def words(self) -> list[str]:
        """Return no words."""
        return []


class BuildArguments(_Arguments):
    """A library to build."""

    model_config = ConfigDict(json_schema_extra={"example": {"paths": ["films.csv"]}})

    paths: Paths
    strict: bool = False
    namespace: Word = "local"
    encoder: Word | None = None
    partitioned: bool = False

    def words(self) -> list[str]:
        """Return the options, then the files."""
        words = [f"--namespace={self.namespace}"]
        words += ["--strict"] * self.strict + ["--partitioned"] * self.partitioned
        if self.encoder is not None:
            words.append(f"--encoder={self.encoder}")
        return [*words, "--", *self.paths]


class TrainArguments(_Arguments):
    """What to learn taste from."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"ratings": ["ratings.csv"], "models": ["ease"]}}
    )

    ratings: Paths
    models: Annotated[list[Word], Field(max_length=_MOST, default_factory=list)]
    rating_model: Word | None = None
    scale: Word | None = None
    namespace: Word | None = None
    strict: bool = False
    measure: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    max_gb: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = None

    def words(self) -> list[str]:
        """Return the options, then the files."""
        words = [f"--model={name}" for name in self.models]
        words += ["--strict"] * self.strict + ["--measure"] * self.measure
        for name in ("rating_model", "scale", "namespace", "seed", "max_gb"):
            value = getattr(self, name)
            if value is not None:
                words.append(f"--{name.replace('_', '-')}={value}")
        return [*words, "--", *self.ratings]


class BackupArguments(_Arguments):
    """Where a backup goes."""

    model_config = ConfigDict(json_schema_extra={"example": {"to": "backup.tar"}})

    to: PathText

    def words(self) -> list[str]:
        """Return where it goes."""
        return ["--", self.to]


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job.

    Attributes:
        command: the words that name its command.
        arguments: what it takes.
        resumable: whether a run that was killed may simply be run again.
    """

    command: tuple[str, ...]
    arguments: type[_Arguments]
    resumable: bool


KINDS: dict[str, JobKind] = {
    "verify": JobKind(("verify",), VerifyArguments, resumable=True),
    "build": JobKind(("build",), BuildArguments, resumable=True),
    "train": JobKind(("train", "taste"), TrainArguments, resumable=True),
    "backup": JobKind(("backup",), BackupArguments, resumable=False),
}
"""What can be asked for. A backup is not resumed: the file it was writing is not to be trusted, and
who asked for it should know that there is none of that moment."""


def command(kind: str, arguments: Mapping[str, Any]) -> list[str]:
    """Return the words of a job's command, without the program.

    Args:
        kind: of the job.
        arguments: of the job, checked here.

    Raises:
        QueryError: there is no such kind, or an argument cannot be used.

    >>> command("build", {"paths": ["films.csv"]})
    ['build', '--namespace=local', '--', 'films.csv']
    """
    known = KINDS.get(kind)
    if known is None:
        raise QueryError(
            f"There is no kind of job {kind!r:.60}", cure=f"Use one of: {', '.join(KINDS)}"
        )
    try:
        given = known.arguments.model_validate(dict(arguments))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise QueryError(
            f"Argument {name:.80} of a {kind} job: {first['msg']}",
            cure=f"It takes: {', '.join(known.arguments.model_fields) or 'nothing'}",
        ) from None
    return [*known.command, *given.words()]

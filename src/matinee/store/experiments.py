"""Comparisons of rankers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from matinee.errors import ConflictError, QueryError
from matinee.store import checks
from matinee.store.records import Experiment
from matinee.store.schema import experiments

if TYPE_CHECKING:
    from concurrent.futures import Future

    from sqlalchemy import Connection, Row

    from matinee.store.database import Database
    from matinee.store.writer import Turn, Writer


class ExperimentTable:
    """Comparisons of rankers.

    Args:
        database: where they are.
        writer: who writes them.
    """

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def create(self, experiment: Experiment) -> Future[Experiment]:
        """Begin a comparison; a :class:`ConflictError` where the name is taken.

        Returns:
            The experiment with the time it began.

        Raises:
            QueryError: a text cannot be kept.
        """
        checks.text(experiment.name, "The name of an experiment")
        checks.text(experiment.surface, "The surface of an experiment")
        checks.text(experiment.design, "The design of an experiment")
        checks.text(experiment.salt, "The salt of an experiment", empty=True)
        values = {name: getattr(experiment, name) for name in _PLAIN}
        values |= {"a": _dumped(experiment.a), "b": _dumped(experiment.b)}

        def write(turn: Turn) -> Experiment:
            if _row(turn.connection, experiment.name) is not None:
                raise _taken(experiment.name)
            try:
                turn.connection.execute(insert(experiments).values(**values, created=turn.now))
            except IntegrityError:
                raise _taken(experiment.name) from None
            return replace(experiment, created=turn.now, stopped=None)

        return self._writer.call(write)

    def get(self, name: str) -> Experiment | None:
        """Return a comparison by name."""
        with self._database.reading() as connection:
            row = _row(connection, name)
        return None if row is None else _experiment(row)

    def all(self) -> list[Experiment]:
        """Return all comparisons, the latest first."""
        order = experiments.c.created.desc(), experiments.c.name
        with self._database.reading() as connection:
            return [_experiment(row) for row in connection.execute(_ALL.order_by(*order))]

    def running(self, surface: str) -> list[Experiment]:
        """Return the comparisons that run on a surface, the oldest first."""
        c = experiments.c
        query = _ALL.where(c.surface == surface, c.stopped.is_(None)).order_by(c.created, c.name)
        with self._database.reading() as connection:
            return [_experiment(row) for row in connection.execute(query)]

    def stop(self, name: str) -> Future[Experiment]:
        """End a comparison, once; a :class:`QueryError` where there is none of that name."""

        def write(turn: Turn) -> Experiment:
            c = experiments.c
            turn.connection.execute(
                update(experiments)
                .where(c.name == name, c.stopped.is_(None))
                .values(stopped=turn.now)
            )
            row = _row(turn.connection, name)
            if row is None:
                raise QueryError("There is no such experiment", where=f"{name:.60}")
            return _experiment(row)

        return self._writer.call(write)


def _dumped(settings: Any) -> str:
    try:
        return checks.text(json.dumps(dict(settings)), "The settings of a ranker", most=10_000)
    except (TypeError, ValueError):
        raise QueryError(
            "The settings of a ranker are no plain values", cure="Give names and JSON values"
        ) from None


def _row(connection: Connection, name: str) -> Row[Any] | None:
    checks.text(name, "The name of an experiment")
    return connection.execute(_ALL.where(experiments.c.name == name)).first()


def _experiment(row: Row[Any]) -> Experiment:
    values = row._asdict() | {"a": json.loads(row.a), "b": json.loads(row.b)}
    return Experiment(**values)


def _taken(name: str) -> ConflictError:
    return ConflictError(
        "There is an experiment of that name", where=name, cure="Choose another name"
    )


_PLAIN = ("name", "surface", "design", "share", "salt")
_ALL = select(experiments)

"""What a host says to robots in ``robots.txt`` (RFC 9309), and to which of it an API call is bound.

``robots.txt`` is written for crawlers, which go wherever links lead. An API that its host documents
for programs has rules of its own, and some hosts close it to crawlers for that very reason:
Wikipedia's file has ``Disallow: /api/`` for all robots, while its REST API is offered to everybody
who says who they are. So where a source names such an API, the group for all robots does not bind
calls of it; a group that names us does, and so does ``Crawl-delay``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.robotparser import RobotFileParser

NAME = "matinee"
"""What a group must say to mean us alone."""
_GROUP = re.compile(r"^\s*user-agent\s*:\s*([^\s#]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host.

    Attributes:
        text: of its ``robots.txt``; empty where it has none, which allows everything.
        api: beginning of the addresses that the host documents for programs, empty for none.
    """

    text: str
    api: str = ""

    def allows(self, url: str) -> bool:
        r"""Tell whether an address may be asked.

        >>> rules = Robots("User-agent: *\nDisallow: /api/", api="https://a.example/api/v1/")
        >>> rules.allows("https://a.example/api/v1/x"), rules.allows("https://a.example/api/x")
        (True, False)
        """
        if self.api and url.startswith(self.api) and not self._names_us():
            return True
        return self._parser().can_fetch(NAME, url)

    def delay(self) -> float:
        """Return the seconds the host wants between two requests, 0 where it says nothing."""
        return float(self._parser().crawl_delay(NAME) or 0)

    def _names_us(self) -> bool:
        # As the parser has it: a group is ours if its name is part of what we are called.
        return any(agent != "*" and agent.casefold() in NAME for agent in _GROUP.findall(self.text))

    def _parser(self) -> RobotFileParser:
        parser = RobotFileParser()
        parser.parse(self.text.splitlines())
        return parser

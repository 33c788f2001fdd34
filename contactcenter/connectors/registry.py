"""Which connectors there are: kind -> module. A new one is one file, one line here and one section in docs/handoff.md.

A connector's module has two functions:

`build(context) -> Connector`
    makes the connector (see contactcenter.connectors.port).
`accepts(target, *, protected) -> None`
    is asked before a case is handed off and must not do I/O. Raises Refused, with a sentence for the agent, when a
    case of a citizen with protected identity (`protected`) may not go to this target.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from contactcenter.connectors.port import Connector
from contactcenter.context import Context
from contactcenter.errors import Misconfigured

CONNECTORS = {
    "webhook": "contactcenter.connectors.webhook",
    "mail": "contactcenter.connectors.mail",
}


class ConnectorModule(Protocol):
    """What a connector's module offers."""

    def build(self, context: Context) -> Connector: ...

    def accepts(self, target: Mapping[str, Any], *, protected: bool) -> None: ...


def module(kind: str) -> ConnectorModule:
    """The module of the connector `kind`. Raises Misconfigured when there is none."""
    if kind not in CONNECTORS:
        known = ", ".join(sorted(CONNECTORS))
        raise Misconfigured("connector", f"handoff.connector is {kind!r}; there are {known}")
    return cast("ConnectorModule", import_module(CONNECTORS[kind]))


def check(context: Context, target: Mapping[str, Any]) -> None:
    """Whether `Topic.handoff` is complete and right, as far as can be told without sending. Raises Misconfigured."""
    module(str(target.get("connector", ""))).build(context).check(target)

"""Which connectors there are, and the port that every one of them fulfils, written from the core's side.

A new connector is one file in contactcenter/connectors, one line in `CONNECTORS` and one section in docs/handoff.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol, TypeVar, cast

from pydantic import BaseModel, ValidationError

from contactcenter.context import Context
from contactcenter.errors import Misconfigured, Unavailable
from contactcenter.handoff_payload import CasePayload

CONNECTORS = {
    "webhook": "contactcenter.connectors.webhook",
    "mail": "contactcenter.connectors.mail",
}
"""Kind -> module."""

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One attempt to deliver one case."""

    id: int
    key: str
    """Idempotency key: the same in every attempt of the same hand-off."""
    round: int
    """0, and one more each time somebody has it resent by hand."""
    case_id: int
    target: Mapping[str, Any]
    payload: CasePayload


@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived. `reference` is the receiver's own, shown to agents; empty when they gave none."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class Underway:
    """Passed on, not yet known to have arrived: ask again at `look_again`."""

    look_again: datetime


class Later(Unavailable):
    """Passing, and the target said how many seconds to wait (`Retry-After`)."""

    def __init__(self, code: str, text: str, seconds: float) -> None:
        super().__init__(code, text)
        self.seconds = seconds


class Connector(Protocol):
    """A way to a case-management system.

    `kind` is its name in the registry. `check` raises Misconfigured, naming the field, when a target is not right.

    `deliver` makes one attempt. It may be called any number of times for the same key, also after an earlier call
    succeeded without our getting to know: it must pass the key on so that the receiver takes the case once. It raises
    Refused (the receiver will never take this), Unavailable (try again later), Misconfigured (a setting is wrong) and
    nothing else; texts are shown to agents and hold no personal data. It may be cancelled at any moment.
    """

    kind: str

    def check(self, target: Mapping[str, Any]) -> None: ...

    async def deliver(self, delivery: DeliveryView) -> Delivered | Underway: ...


class ConnectorModule(Protocol):
    """What a connector's module offers.

    `accepts` is asked before a case is handed off and does no I/O. It raises Refused, with a sentence for the agent,
    when a case of a citizen with protected identity (`protected`) may not go to this target.
    """

    def build(self, context: Context) -> Connector: ...

    def accepts(self, target: Mapping[str, Any], *, protected: bool) -> None: ...


def module(kind: str) -> ConnectorModule:
    """The module of the connector `kind`. Raises Misconfigured when there is none."""
    if kind not in CONNECTORS:
        known = ", ".join(sorted(CONNECTORS))
        raise Misconfigured("connector", f"handoff.connector is {kind!r}; there are {known}")
    return cast("ConnectorModule", import_module(CONNECTORS[kind]))


def read_target(model: type[T], target: Mapping[str, Any]) -> T:
    """The target, validated. Raises Misconfigured naming the field and what would be right."""
    try:
        return model.model_validate(dict(target))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Misconfigured("handoff_target", f"handoff.{field}: {first['msg']}") from error

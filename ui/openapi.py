"""The API's description (OpenAPI 3.1), made from its operations and records."""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from msgspec import Struct

from contactcenter.accounts import SCOPES
from contactcenter.handoff_status import Noted, StatusReport
from ui import api_models as models

REF = "#/components/schemas/{name}"
JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API can do."""

    method: str
    path: str
    scope: str
    summary: str
    answer: type[Struct]
    body: type[Struct] | None = None
    query: type[Struct] | None = None
    status: int = 200
    idempotent: bool = False
    etag: bool = False
    if_match: Literal["", "optional", "required"] = ""

    @property
    def name(self) -> str:
        """Its operationId."""
        words = self.path.replace("{id}", "one").strip("/").split("/")
        return "_".join([self.method.lower(), *words])


def document(operations: list[Operation], prefix: str) -> dict[str, Any]:
    """The whole description."""
    records = [record for one in operations for record in (one.answer, one.body, one.query) if record]
    _, components = msgspec.json.schema_components([*dict.fromkeys(records), models.ApiProblem], ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(prefix + operation.path, {})[operation.method.lower()] = _operation(operation, components)
    paths[f"{prefix}/handoff/{{key}}/status"] = {"post": _status_callback(components)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kontaktcenter",
            "version": "1",
            "description": "Cases of a municipal contact centre. Protected identities are never given out.",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": f"Scopes: {', '.join(SCOPES)}"}
            },
        },
    }


def _operation(operation: Operation, components: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Asks for the scope `{operation.scope}`.",
        "security": [{"key": [operation.scope]}],
        "responses": _responses(operation),
    }
    if parameters := _parameters(operation, components):
        made["parameters"] = parameters
    if operation.body:
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(operation.body)}}}
    return made


def _status_callback(components: dict[str, Any]) -> dict[str, Any]:
    """What a case-management system says became of a hand-off: the records of contactcenter.handoff_status."""
    for record, mode in ((StatusReport, "validation"), (Noted, "serialization")):
        schema = record.model_json_schema(mode=mode, ref_template=REF.replace("{name}", "{model}"))  # type: ignore[arg-type]
        components.update(schema.pop("$defs", {}))
        components[record.__name__] = schema
    problem = {"description": "A problem", "content": {PROBLEM: {"schema": _ref(models.ApiProblem)}}}
    good = {"description": "Noted", "content": {JSON: {"schema": {"$ref": REF.format(name="Noted")}}}}
    said = "t=<seconds since 1970>,v1=<HMAC-SHA256 in hex>, in place of a key; see docs/handoff.md"
    return {
        "operationId": "post_handoff_status",
        "summary": "Say what became of a case that was handed off",
        "description": "Asks for the scope `handoff:callback`, or the web hook's signature. Safe to send again.",
        "security": [{"key": ["handoff:callback"]}, {}],
        "parameters": [
            {"name": "key", "in": "path", "required": True, "schema": {"type": "string"},
             "description": "The Idempotency-Key of the hand-off"},
            _header("X-KC-Signature", said, required=False),
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": {"$ref": REF.format(name="StatusReport")}}}},
        "responses": {"200": good} | dict.fromkeys(("400", "401", "403", "404", "413", "422"), problem),
    }  # fmt: skip


def _responses(operation: Operation) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done", "content": {JSON: {"schema": _ref(operation.answer)}}}
    if operation.etag:
        good["headers"] = {"ETag": {"schema": {"type": "string"}, "description": "The case's version"}}
    problem = {"description": "A problem", "content": {PROBLEM: {"schema": _ref(models.ApiProblem)}}}
    statuses = ["401", "403", "422", "429", "503"]
    statuses += ["404"] if "{id}" in operation.path else []
    statuses += ["400", "409", "413", "415"] if operation.body else []
    statuses += ["412"] if operation.if_match else []
    statuses += ["428"] if operation.if_match == "required" else []
    return {str(operation.status): good} | dict.fromkeys(sorted(statuses), problem)


def _parameters(operation: Operation, components: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    if "{id}" in operation.path:
        made.append({"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}})
    if operation.query:
        properties = components[operation.query.__name__]["properties"]
        made += [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]
    if operation.idempotent:
        said = "The same key with the same body is done once and answered alike for 24 hours"
        made.append(_header("Idempotency-Key", said, required=False))
    if operation.if_match:
        said = "The ETag that was read; 412 when the case has changed since"
        made.append(_header("If-Match", said, required=operation.if_match == "required"))
    return made


def _header(name: str, description: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", "maxLength": 200},
    }


def _ref(record: type[Struct]) -> dict[str, str]:
    return {"$ref": REF.format(name=record.__name__)}

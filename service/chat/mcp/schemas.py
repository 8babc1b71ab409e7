"""What a tool takes, as JSON Schema that every client's model understands: no references, no nulls."""

from typing import Any

from pydantic import BaseModel

NOTHING = {"type": "null"}


def plain(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of ``model`` with what it refers to in its place; what may be null may be left out instead."""
    schema = model.model_json_schema()
    inlined = _inlined(schema, schema.pop("$defs", {}))
    assert isinstance(inlined, dict)
    return inlined


def _inlined(schema: Any, known: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(one, known) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if name := schema.get("$ref"):
        return _inlined(known[name.rpartition("/")[2]] | _without(schema, "$ref"), known)
    others = [one for one in schema.get("anyOf", []) if one != NOTHING]
    if len(others) == 1:
        return _inlined(others[0] | _without(schema, "anyOf"), known)
    return {key: _inlined(value, known) for key, value in schema.items() if not _is_noise(key, value)}


def _without(schema: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != key}


def _is_noise(key: str, value: Any) -> bool:
    # A property may be called "title" too, but what describes it is no string.
    is_title = key == "title" and isinstance(value, str)
    return is_title or (key == "default" and value in (None, []))

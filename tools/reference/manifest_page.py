"""JSON Schema of the manifest, and the reference page generated from it."""

import json
from typing import Any, Final

from model.artefact.manifest import MANIFEST, SCHEMA_VERSION, Manifest
from tools.reference.markdown import code, page, section, table

SCHEMA_FILE: Final = "manifest.schema.json"
_INTRO: Final = f"""
Every version has a `{MANIFEST}`. It describes the model, its training data and the software that trained it, and lists
the SHA-256 of every file. Its JSON Schema is [{SCHEMA_FILE}]({SCHEMA_FILE}), schema version {SCHEMA_VERSION}. Unknown
fields are refused. `nextclose versions show` prints the manifest of a version; `nextclose versions verify` compares
every file with it. The version folder is described in [a version](../architecture.md#a-version).
"""


def manifest_schema() -> str:
    """Write the JSON Schema of a manifest."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Manifest.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2) + "\n"


def manifest_page() -> str:
    """Write the page with a table for the manifest and one for each nested object."""
    schema = json.loads(manifest_schema())
    parts = [section(name, _fields(part)) for name, part in schema["$defs"].items()]
    return page("Manifest of a version", _INTRO, section(MANIFEST, _fields(schema)), *parts)


def _fields(schema: dict[str, Any]) -> str:
    return table(
        ("field", "type", "description"),
        ((code(name), _kind(field), field.get("description", "")) for name, field in schema["properties"].items()),
    )


def _kind(field: dict[str, Any]) -> str:
    match field:
        case {"$ref": address}:
            name = str(address).rpartition("/")[2]
            text = f"[{name}](#{name.lower()})"
        case {"anyOf": choices}:
            text = " or ".join(_kind(choice) for choice in choices)
        case {"enum": values}:
            text = " or ".join(code(value) for value in values)
        case {"const": value}:
            text = code(value)
        case {"type": "array", "items": part}:
            text = f"list of {_kind(part)}"
        case {"type": "object", "additionalProperties": dict(part)}:
            text = f"object of {_kind(part)} by name"
        case {"type": kind, "pattern": pattern}:
            text = f"{kind} {code(pattern)}"
        case _:
            text = " ".join(filter(None, (field.get("format"), field["type"])))
    return text

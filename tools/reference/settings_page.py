"""Reference page of the settings, generated from their classes: variable, default, accepted values."""

import json
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from dashboard.settings import DashboardSettings
from jobs.settings import JobsSettings, RefreshSettings, ServiceSettings
from loadtest.settings import LoadtestSettings
from model.endpoint.program import LOG_FORMAT, LOG_LEVEL
from model.serving.predictor_settings import PredictorSettings
from tools.reference.markdown import code, page, section, table
from transformer.settings import TransformerSettings

PROCESSES: Final[tuple[tuple[str, str, type[BaseSettings]], ...]] = (
    ("Transformer", "`transformer/settings.py`", TransformerSettings),
    ("Predictor", "`model/serving/predictor_settings.py`", PredictorSettings),
    ("Command line", "`jobs/settings.py`, read by every command", JobsSettings),
    ("Promotion target", "`jobs/settings.py`, read by promotions and refreshes", ServiceSettings),
    ("Refresh", "`jobs/settings.py`", RefreshSettings),
    ("Dashboard", "`dashboard/settings.py`", DashboardSettings),
    ("Load test", "`loadtest/settings.py`", LoadtestSettings),
)
_INTRO: Final = """
Settings are environment variables that a process reads once when it starts; an option of a command overrides its
variable. An invalid value ends the process with status 2 and one line with the variable, the expected and the actual
value. Lists are written in JSON. On Kubernetes, the chart sets the variables
([values](../../charts/nextclose/README.md)); `predictor.env`, `transformer.env` and `jobs.env` add more.
"""
_SHARED: Final = f"""
Every process reads `{LOG_LEVEL}` (debug, info, warning or error; the default is info for servers and warning for
commands) and `{LOG_FORMAT}` (console or json; the default is console if standard error is a terminal). The chart value
`serving.logLevel` sets the log level.
"""
_TYPE_NAMES: Final = {
    bool: "true or false",
    float: "a number",
    int: "a whole number",
    NoneType: "",  # the unset value cannot be written
    Path: "a path",
    SecretStr: "text, never shown",
    str: "text",
}


def settings_page() -> str:
    """Write the page with one table per process."""
    parts = [
        section(
            title,
            f"{origin}.",
            table(
                ("variable", "default", "accepts", "description"),
                (
                    (_variable(kind, name, field), _default(field), _takes(field), _text(field))
                    for name, field in kind.model_fields.items()
                ),
            ),
        )
        for title, origin, kind in PROCESSES
    ]
    return page("Settings", _INTRO, section("Every process", _SHARED), *parts)


def variables(kind: type[BaseSettings], name: str, field: FieldInfo) -> list[str]:
    """The variables of a field; the first one that is set applies."""
    prefix = str(kind.model_config.get("env_prefix", ""))
    alias = field.validation_alias
    if alias is None:
        return [f"{prefix}{name.upper()}"]
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    # A lower-case choice is the name of the field, which options use, and not a variable.
    return [str(choice) for choice in choices if str(choice).isupper()]


def _variable(kind: type[BaseSettings], name: str, field: FieldInfo) -> str:
    return ", ".join(map(code, variables(kind, name, field)))


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None:
        return ""
    return code(value if isinstance(value, (str, Path)) else json.dumps(value))


def _text(field: FieldInfo) -> str:
    # Text in angle brackets would be parsed as HTML.
    return (field.description or "").replace("<", "&lt;")


def _takes(field: FieldInfo) -> str:
    bounds = []
    for rule in field.metadata:
        match rule:
            case Ge(ge=least):
                bounds.append(f"from {least}")
            case Gt(gt=least):
                bounds.append(f"above {least}")
            case Le(le=most):
                bounds.append(f"up to {most}")
            case Lt(lt=most):
                bounds.append(f"below {most}")
            case MinLen():
                bounds.append("not empty")
            case _:
                pass
    return ", ".join((_type(field.annotation), *bounds))


def _type(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Annotated:
        return _type(get_args(kind)[0])
    if origin is Literal:
        return " or ".join(code(choice) for choice in get_args(kind))
    if origin in {Union, UnionType}:
        return " or ".join(filter(None, map(_type, get_args(kind))))
    if origin is tuple:
        return f"a JSON list, each {_type(get_args(kind)[0])}"
    return _TYPE_NAMES[kind]

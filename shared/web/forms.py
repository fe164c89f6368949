"""Reading a form with a marshmallow schema: clean data, or an error for each field in plain words.

Pages show errors with the macros of `fields.html`: a summary with links on top, a message at each field, and what
was typed kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import abort, request
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from shared.texts import clean

SEVERAL = "Give one answer here: several came in."


@dataclass(frozen=True)
class Form:
    """What was typed, what it means, and what is wrong with it.

    `typed` maps a field's name to the list of values sent; `errors` maps it to one sentence.
    """

    typed: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.errors

    def value(self, name: str) -> str:
        """Returns what was typed into a field, or an empty text."""
        return (self.typed.get(name) or [""])[0]

    def values(self, name: str) -> list[str]:
        """Returns all values chosen in a field of many."""
        return self.typed.get(name, [])

    def with_errors(self, **errors: str) -> "Form":
        """Returns the same form with further errors, e.g. a use case's refusal at its field."""
        return Form(typed=self.typed, data=self.data, errors={**self.errors, **errors})


def read_form(schema: Schema) -> Form:
    """Reads the request's form. Fields that the schema does not know are left out."""
    typed = {name: [clean(value) for value in values] for name, values in request.form.lists()}
    return parse(schema, typed)


def read_query(schema: Schema) -> Form:
    """Reads the query of the address, as `read_form` reads a form."""
    return parse(schema, {name: [clean(value) for value in values] for name, values in request.args.lists()})


def pressed(otherwise: str) -> str:
    """Returns which button of the form was pressed. A browser sends one at most; who sends several is refused (400)."""
    sent = set(request.form.getlist("button")) or {otherwise}
    if len(sent) > 1:
        abort(400)
    return sent.pop()


def parse(schema: Schema, typed: dict[str, list[str]]) -> Form:
    """Validates values by name against the schema; an empty text counts as not given.

    Different values for a field that takes one are refused there: which of them was meant would be a guess, and
    whoever reads the same form elsewhere might guess differently.
    """
    sent: dict[str, Any] = {}
    several: dict[str, str] = {}
    for name, declared in schema.fields.items():
        key = declared.data_key or name
        given = [value for value in typed.get(key, []) if value != ""]
        if isinstance(declared, fields.List):
            sent[key] = given
        elif given:
            sent[key] = given[0]
            several |= {key: SEVERAL} if len(set(given)) > 1 else {}
    try:
        return Form(typed=typed, data=schema.load(sent, unknown=EXCLUDE), errors=several)
    except ValidationError as error:
        return Form(typed=typed, errors={name: _sentence(found) for name, found in _messages(error)} | several)


def _messages(error: ValidationError) -> Iterable[tuple[str, Any]]:
    return error.messages.items() if isinstance(error.messages, dict) else [("form", error.messages)]


def _sentence(found: Any) -> str:
    while isinstance(found, dict):
        found = next(iter(found.values()))
    return str(found[0]) if isinstance(found, list) else str(found)

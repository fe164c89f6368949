"""Operations bring in accounts from a CSV file: until registration exists, the only way to an account."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast
from zoneinfo import available_timezones

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session

from identity_svc import passwords, queries
from identity_svc.domain.holder import Holder
from identity_svc.domain.password_rule import faults
from identity_svc.domain.user_ids import BadUserIdError, checked
from identity_svc.tables import Account
from shared import audit
from shared.audit import Action
from shared.ids import new_id
from shared.logs import mask
from shared.texts import name_problem

COLUMNS = ("user_id", "name", "email", "phone", "groups")
GROUP_SEPARATOR = ";"


class Result(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class RowReport:
    """One row: `line` is its line in the file (the header is 1), `reasons` are sentences, of a refused row only."""

    line: int
    user_id: str
    result: Result
    reasons: tuple[str, ...] = ()


def _check_name(name: str) -> None:
    if problem := name_problem(name):
        raise ValidationError(problem)


class _RowSchema(Schema):
    name = fields.String(required=True, validate=_check_name)
    email = fields.Email(
        required=True, validate=validate.Length(max=254), error_messages={"invalid": "Email is not an address."}
    )
    phone = fields.String(validate=validate.Regexp(r"[\x20-\x7e]{1,40}\Z", error="Phone is not a phone number."))
    zone = fields.String(validate=validate.OneOf(available_timezones(), error="Zone is not an IANA time zone."))
    groups = fields.String(load_default="", validate=validate.Regexp(r"[\x20-\x7e]*\Z", error="Groups are ASCII."))


def import_accounts(
    session: Session, rows: Sequence[Mapping[str, str | None]], password: str, now: datetime
) -> list[RowReport]:
    """Creates an account for each new user ID, with the initial password, and updates the others but for theirs.

    A bad row is refused alone. Importing the same file again changes nothing.
    """
    reports: list[RowReport] = []
    seen: set[str] = set()
    for line, row in enumerate(rows, start=2):
        typed = (row.get("user_id") or "").strip()
        try:
            holder = _read(row)
            if holder.user_id in seen:
                raise BadRowError(["User ID stands in the file twice."])
            seen.add(holder.user_id)
            reports.append(RowReport(line, holder.user_id, _bring_in(session, holder, password, now)))
        except BadRowError as error:
            reports.append(RowReport(line, typed, Result.REFUSED, tuple(error.reasons)))
    return reports


class BadRowError(ValueError):
    """A row cannot be used; `reasons` are sentences."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def _read(row: Mapping[str, str | None]) -> Holder:
    given = {name: value.strip() for name, value in row.items() if value and value.strip()}
    try:
        user_id = checked(given.get("user_id", ""))
        data = _RowSchema().load(given, unknown=EXCLUDE)
    except BadUserIdError as error:
        raise BadRowError([str(error)]) from error
    except ValidationError as error:
        raise BadRowError(_sentences(error)) from error
    groups = tuple(group.strip() for group in data["groups"].split(GROUP_SEPARATOR) if group.strip())
    return Holder(
        user_id=user_id,
        name=data["name"],
        email=data["email"],
        phone=data.get("phone"),
        zone=data.get("zone"),
        groups=groups,
    )


def _sentences(error: ValidationError) -> list[str]:
    found = cast("dict[str, list[str]]", error.messages)
    return [f"{name}: {sentence}" for name, sentences in found.items() for sentence in sentences]


def _bring_in(session: Session, holder: Holder, password: str, now: datetime) -> Result:
    account = queries.account_by_user_id(session, holder.user_id, lock=True)
    if account is None:
        _create(session, holder, password, now)
        return Result.CREATED
    if account.closed_at is not None:
        raise BadRowError(["The account is closed."])
    if account.holder == holder:
        return Result.UNCHANGED
    _audit_change(session, account, holder, now)
    if account.email != holder.email:
        account.email_undeliverable_at = None
    account.name, account.email, account.phone, account.zone = holder.name, holder.email, holder.phone, holder.zone
    account.groups = list(holder.groups)
    return Result.UPDATED


def _create(session: Session, holder: Holder, password: str, now: datetime) -> None:
    if found := faults(password, user_id=holder.user_id, name=holder.name):
        raise BadRowError([f"Password: {sentence}" for sentence in found])
    account_id = new_id()
    session.add(
        Account(
            account_id=account_id,
            user_id=holder.user_id,
            name=holder.name,
            email=holder.email,
            phone=holder.phone,
            zone=holder.zone,
            groups=list(holder.groups),
            password_hash=passwords.hash_of(password),
            password_set_at=now,
            created_at=now,
        )
    )
    session.flush()
    after = {"user": holder.user_id, "email": mask(holder.email), "groups": holder.groups}
    audit.record(session, Action.ACCOUNT_CREATED, ("account", account_id), now=now, after=after)


def _audit_change(session: Session, account: Account, holder: Holder, now: datetime) -> None:
    """Records what the import changes. Addresses and numbers are masked: the audit is kept for good."""
    before, after = audit.differing(asdict(account.holder), asdict(holder))
    for values in (before, after):
        for name in {"email", "phone"} & set(values):
            values[name] = mask(values[name] or "")
    audit.record(session, Action.ACCOUNT_CHANGED, ("account", account.account_id), now=now, before=before, after=after)

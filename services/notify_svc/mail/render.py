"""From a stored context to the three parts of a mail. The decision link is minted here and kept nowhere."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import TemplateError, pass_context
from jinja2.runtime import Context as TemplateContext

from notify_svc.emails import EMAILS
from notify_svc.emails.email import Context
from notify_svc.mail.templates import make_environment
from notify_svc.settings import Settings
from shared import digest_links, links, opinion_links
from shared.clock import format_date, format_instant
from shared.texts import one_line


class UnrenderableError(ValueError):
    """A stored context does not fit its template; no number of tries will change that."""


@dataclass(frozen=True)
class Rendered:
    """The three parts of a mail; `subject` is one line."""

    subject: str
    text: str
    html: str


class Renderer:
    """Renders emails with what their notices stored and what the settings add."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._environment = make_environment()
        self._environment.filters |= {"instant": _instant, "day": _day}

    def render(self, template: str, context: Context) -> Rendered:
        """Returns the mail's parts.

        Raises:
            UnrenderableError: there is no such email, or the context lacks something.
        """
        try:
            values = {
                **context,
                **self._common(context),
                **self._link(template, context),
                **self._opinion_link(template, context),
                **self._digest_link(template, context),
            }
            subject = one_line(self._part(template, "subject.txt", values))
            values["subject"] = subject
            text = self._part(template, "body.txt", values)
            return Rendered(subject, _without_gaps(text), self._part(template, "body.html", values))
        except (TemplateError, KeyError, ValueError, TypeError) as error:
            raise UnrenderableError(f"{template} cannot be rendered: {type(error).__name__}") from error

    def _part(self, template: str, file: str, values: dict[str, Any]) -> str:
        return self._environment.get_template(f"{template}/{file}").render(values)

    def _common(self, context: Context) -> dict[str, Any]:
        return {
            "service_center_phone": self._settings.service_center_phone,
            "service_center_email": self._settings.service_center_email,
            "profile_url": f"{self._settings.request_public_url}/my-profile",
            "waiting_url": f"{self._settings.approval_public_url}/",
            "my_mail_url": f"{self._settings.approval_public_url}/my-mail",
            "absence_url": f"{self._settings.approval_public_url}/my-absence",
            "zone": _zone(context["zone"], self._settings.display_zone),
        }

    def _link(self, template: str, context: Context) -> dict[str, str]:
        if not EMAILS[template].has_link:
            return {}
        token = links.mint(
            self._settings.link_keys,
            approval_id=UUID(context["approval_id"]),
            official_id=UUID(context["official_id"]),
            expires_at=datetime.fromisoformat(context["links_expire_at"]),
        )
        return {"decide_url": self._settings.approval_public_url + links.path(token)}

    def _opinion_link(self, template: str, context: Context) -> dict[str, str]:
        if not EMAILS[template].has_opinion_link:
            return {}
        ends = datetime.fromisoformat(context["links_expire_at"])
        token = opinion_links.mint(self._settings.link_keys, opinion_id=UUID(context["opinion_id"]), expires_at=ends)
        return {"opinion_url": self._settings.approval_public_url + opinion_links.path(token)}

    def _digest_link(self, template: str, context: Context) -> dict[str, str]:
        if not EMAILS[template].has_digest_link:
            return {}
        token = digest_links.mint(
            self._settings.link_keys,
            digest_id=UUID(context["digest_id"]),
            official_id=UUID(context["official_id"]),
            expires_at=datetime.fromisoformat(context["links_expire_at"]),
        )
        return {"digest_url": self._settings.approval_public_url + digest_links.path(token)}


def _zone(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else otherwise
    except (ZoneInfoNotFoundError, ValueError):
        return otherwise


@pass_context
def _instant(context: TemplateContext, stored: str) -> str:
    return format_instant(datetime.fromisoformat(stored), context["zone"])


@pass_context
def _day(context: TemplateContext, stored: str) -> str:
    return format_date(datetime.fromisoformat(stored), context["zone"])


def _without_gaps(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"

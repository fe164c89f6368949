"""The providers that the settings name."""

from notify_svc.bounces.mailgun import Mailgun
from notify_svc.bounces.postmark import Postmark
from notify_svc.bounces.sendgrid import SendGrid
from notify_svc.bounces.ses import Ses
from notify_svc.bounces.webhook import Provider
from notify_svc.domain.bounces import Source
from notify_svc.settings import Settings


def providers(settings: Settings) -> dict[str, Provider]:
    """Returns the providers whose webhooks are taken, by the last part of their address."""
    found: dict[str, Provider] = {}
    if settings.ses_topics:
        found[Source.SES] = Ses(settings.ses_topics)
    if settings.sendgrid_keys:
        found[Source.SENDGRID] = SendGrid(settings.sendgrid_keys)
    if settings.mailgun_keys:
        found[Source.MAILGUN] = Mailgun(settings.mailgun_keys)
    if settings.postmark_credentials:
        found[Source.POSTMARK] = Postmark(settings.postmark_credentials)
    return found

"""Settings from the environment: typed, checked at start, secrets also from files.

A settings class is a frozen dataclass whose fields are made with `setting`. `load` reads them all
and reports every bad variable at once, so that an operator mends a deployment in one go.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

_REQUIRED = object()
T = TypeVar("T", bound="ServiceSettings")


class SettingsError(ValueError):
    """One or more variables are missing or unusable; `problems` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Settings cannot be used:\n" + "\n".join(f"- {problem}" for problem in problems))
        self.problems = problems


def as_list(text: str) -> tuple[str, ...]:
    """Splits a comma-separated value; blanks are dropped. Raises ValueError when nothing is left."""
    values = tuple(part.strip() for part in text.split(",") if part.strip())
    if not values:
        raise ValueError("names no value")
    return values


def as_keys(text: str) -> tuple[str, ...]:
    """Splits a comma-separated list of signing keys, each at least 32 characters long."""
    keys = as_list(text)
    if any(len(key) < 32 for key in keys):
        raise ValueError("has a key of fewer than 32 characters")
    return keys


def as_url(text: str) -> str:
    """Returns the URL without a trailing slash. Raises ValueError when it has no scheme."""
    if "://" not in text:
        raise ValueError("is not a URL")
    return text.rstrip("/")


def as_days(text: str) -> timedelta:
    """Reads a positive number of days."""
    return timedelta(days=_positive(text))


def as_minutes(text: str) -> timedelta:
    """Reads a positive number of minutes."""
    return timedelta(minutes=_positive(text))


def as_seconds(text: str) -> timedelta:
    """Reads a positive number of seconds."""
    return timedelta(seconds=_positive(text))


def as_count(text: str) -> int:
    """Reads a whole number of at least 1."""
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError("must be a whole number of at least 1")
    return int(text)


def as_rate(text: str) -> str:
    """Checks a rate as in "20 per minute"; several are separated by semicolons."""
    # Here, because commands that need no rate need not wait for the package.
    from limits import parse_many

    parse_many(text)
    return text


def as_scope(text: str) -> str:
    """Reads the scopes of a sign-in, which need `openid` (OpenID Connect Core 1.0, section 3.1.2.1)."""
    scopes = text.split()
    if "openid" not in scopes:
        raise ValueError("must have the scope openid in it")
    return " ".join(scopes)


def _positive(text: str) -> float:
    number = float(text)
    if number <= 0:
        raise ValueError("must be more than 0")
    return number


def one_of(*choices: str) -> Callable[[str], str]:
    """Returns a parser that accepts only these words."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return text

    return parse


def setting(
    name: str,
    *,
    help: str,
    default: Any = _REQUIRED,
    parse: Callable[[str], Any] = str,
    own: bool = False,
    secret: bool = False,
) -> Any:
    """Declares a dataclass field that is read from the variable `name`.

    Args:
        name: of the variable.
        help: what it is, for docs/settings.md and error messages.
        parse: turns the text into the value; raises ValueError with a reason.
        default: the text that is parsed when the variable is absent; without it the variable is required.
        own: the service's own name is put before, e.g. REQUEST_SVC_DATABASE_URL.
        secret: may also come from a file named in `<name>_FILE`; never shown by `repr`.
    """
    metadata = {
        "name": name,
        "help": help,
        "default": default,
        "parse": parse,
        "own": own,
        "secret": secret,
    }
    return dataclasses.field(repr=not secret, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """What every process of every service needs."""

    service: ClassVar[str]

    database_url: str = setting(
        "DATABASE_URL", own=True, secret=True, help="The service's own PostgreSQL database (postgresql+psycopg://…)"
    )
    public_url: str = setting(
        "PUBLIC_URL", own=True, parse=as_url, help="Where people reach the service, for links and sign-in"
    )
    bind: str = setting("BIND", own=True, default="127.0.0.1:8000", help="host:port that the web process listens on")
    secret_keys: tuple[str, ...] = setting(
        "SECRET_KEYS",
        own=True,
        secret=True,
        parse=as_keys,
        help="Keys that sign session cookies: the first signs, all are accepted",
    )
    broker_url: str = setting("BROKER_URL", secret=True, help="The message broker (redis://… for Valkey)")
    rate_limit_store: str = setting(
        "RATE_LIMIT_URL",
        default="",
        secret=True,
        help="Where request counts for rate limits are kept, for all copies of a process; empty: at BROKER_URL",
    )
    web_workers: int = setting(
        "WEB_CONCURRENCY",
        default="1",
        parse=as_count,
        help="Number of gunicorn workers of a web process, each with 8 threads",
    )
    assets_dir: Path = setting("ASSETS_DIR", parse=Path, help="The dist folder of the U.S. Web Design System package")
    log_level: str = setting(
        "LOG_LEVEL", default="INFO", parse=one_of("DEBUG", "INFO", "WARNING", "ERROR"), help="Least severe line logged"
    )
    log_format: str = setting(
        "LOG_FORMAT", default="json", parse=one_of("json", "console"), help="Log lines for machines or for people"
    )
    session_lifetime: timedelta = setting(
        "SESSION_MINUTES", default="60", parse=as_minutes, help="Minutes without a page until sign-in ends"
    )
    longest_session: timedelta = setting(
        "SESSION_LONGEST_MINUTES",
        default="720",
        parse=as_minutes,
        help="Minutes after which a person signs in again, however busy; a group that they lost counts until then",
    )
    trusted_proxies: int = setting(
        "TRUSTED_PROXIES", default="0", parse=int, help="Number of reverse proxies whose X-Forwarded headers count"
    )
    display_zone: ZoneInfo = setting(
        "DISPLAY_TIME_ZONE", default="America/New_York", parse=ZoneInfo, help="Zone of dates where no other is known"
    )
    operations_group: str = setting(
        "OPERATIONS_GROUP", default="operations", help="The sign-in group that may open operations pages"
    )
    service_center_phone: str = setting(
        "SERVICE_CENTER_PHONE", default="888-477-7876", help="Shown on every page and in every mail"
    )
    service_center_email: str = setting(
        "SERVICE_CENTER_EMAIL", default="iQIES@cms.hhs.gov", help="Shown on every page and in every mail"
    )

    @property
    def rate_limit_url(self) -> str:
        """The store of request counts: the broker, because a limit that each process counts for itself is none."""
        return self.rate_limit_store or self.broker_url


@dataclass(frozen=True, kw_only=True)
class SignInSettings(ServiceSettings):
    """What a service needs to let people sign in at an OpenID Connect provider."""

    oidc_issuer: str = setting("OIDC_ISSUER", parse=as_url, help="The OpenID Connect provider's issuer URL")
    oidc_client_id: str = setting("OIDC_CLIENT_ID", own=True, help="The service's client id at the provider")
    oidc_client_secret: str = setting(
        "OIDC_CLIENT_SECRET", own=True, secret=True, help="The service's client secret at the provider"
    )
    oidc_scope: str = setting(
        "OIDC_SCOPE",
        default="openid profile email phone groups",
        parse=as_scope,
        help="The scopes asked for at sign-in, separated by spaces; some providers refuse those that they do not know",
    )

    @property
    def oidc_origin(self) -> str:
        """Scheme, host and port of the provider: where the answer to a form may lead."""
        issuer = urlsplit(self.oidc_issuer)
        return f"{issuer.scheme}://{issuer.netloc}"


def variable(cls: type[ServiceSettings], field: "dataclasses.Field[Any]") -> str:
    """Returns the name of the environment variable behind a field."""
    name: str = field.metadata["name"]
    return f"{cls.service.upper()}_{name}" if field.metadata["own"] else name


def load(cls: type[T], environ: Mapping[str, str]) -> T:
    """Reads the settings of `cls` from `environ`.

    Raises:
        SettingsError: at least one variable is missing or unusable; all of them are named.
    """
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in dataclasses.fields(cls):
        try:
            values[field.name] = _read(cls, field, environ)
        except (ValueError, OSError, KeyError) as error:
            reason = "has an unusable value" if field.metadata["secret"] else str(error).strip("'\"")
            problems.append(f"{variable(cls, field)}: {reason} ({field.metadata['help']})")
    if problems:
        raise SettingsError(problems)
    return cls(**values)


def _read(cls: type[ServiceSettings], field: "dataclasses.Field[Any]", environ: Mapping[str, str]) -> Any:
    name, meta = variable(cls, field), field.metadata
    text = environ.get(name)
    if text is None and meta["secret"] and f"{name}_FILE" in environ:
        text = Path(environ[f"{name}_FILE"]).read_text().strip()
    if text is None:
        if meta["default"] is _REQUIRED:
            raise ValueError("is not set")
        text = meta["default"]
    return meta["parse"](text)


@dataclass(frozen=True)
class Described:
    """One row of the settings table in docs/settings.md."""

    name: str
    default: str | None
    secret: bool
    help: str


def describe(cls: type[ServiceSettings]) -> Iterator[Described]:
    """Yields each variable that the class reads, for the documentation and its test."""
    for field in dataclasses.fields(cls):
        default = field.metadata["default"]
        yield Described(
            name=variable(cls, field),
            default=None if default is _REQUIRED else default,
            secret=field.metadata["secret"],
            help=field.metadata["help"],
        )

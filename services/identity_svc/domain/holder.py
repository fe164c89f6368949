"""Who an account belongs to, and what a client is told of them."""

from dataclasses import dataclass

SCOPES = ("openid", "profile", "email", "phone", "groups")


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The person behind an account. `zone` is an IANA name or None."""

    user_id: str
    name: str
    email: str
    phone: str | None
    zone: str | None
    groups: tuple[str, ...]


def understood(scope: str) -> str | None:
    """Returns the scopes that we know, in the order asked for; None when "openid" is not among them.

    Others are left out, not refused (OpenID Connect Core 1.0, section 3.1.2.1).
    """
    known = [name for name in dict.fromkeys(scope.split()) if name in SCOPES]
    return " ".join(known) if "openid" in known else None


def claims(holder: Holder, scope: str) -> dict[str, object]:
    """Returns the claims that the scopes give (OpenID Connect Core 1.0, section 5.4); empty ones are left out."""
    by_scope: dict[str, dict[str, object]] = {
        "openid": {"sub": holder.user_id},
        "profile": {"name": holder.name, "zoneinfo": holder.zone, "preferred_username": holder.user_id},
        "email": {"email": holder.email},
        "phone": {"phone_number": holder.phone},
        "groups": {"groups": list(holder.groups)},
    }
    given = {name: value for asked in scope.split() for name, value in by_scope[asked].items()}
    return {name: value for name, value in given.items() if value is not None}

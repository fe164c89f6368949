"""What the views of this service share."""

from typing import Any

from flask import current_app

PROVIDER = "identity_svc.provider"


def provider() -> Any:
    """Returns the `Provider` of this app; not by its type, because Authlib is typed in part."""
    return current_app.extensions[PROVIDER]

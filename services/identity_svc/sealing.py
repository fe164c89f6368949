"""Data that only this service can read: encrypted with keys derived from the service's secret keys.

Authorization codes travel sealed, so that GET /authorize writes no row; the private halves of signing keys rest
sealed, so that a copy of the database signs nothing.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

Purpose = Literal["authorization code", "signing key"]
_HEADER = {"alg": "dir", "enc": "A256GCM"}


class SealBrokenError(ValueError):
    """The text was altered, was sealed for another purpose, or with a secret key that we no longer have."""


class Sealer:
    """Seals with the first secret key, opens with any."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        self._secret_keys = secret_keys

    def seal(self, purpose: Purpose, data: Mapping[str, Any]) -> str:
        """Returns the data as an opaque text that fits into a URL."""
        return jwe.encrypt_compact(_HEADER, json.dumps(data).encode(), _key(self._secret_keys[0], purpose))

    def open(self, purpose: Purpose, sealed: str) -> dict[str, Any]:
        """Returns what was sealed for this purpose. Raises SealBrokenError."""
        for secret in self._secret_keys:
            try:
                opened = jwe.decrypt_compact(sealed, _key(secret, purpose), algorithms=list(_HEADER.values()))
            except (JoseError, ValueError):
                continue
            data: dict[str, Any] = json.loads(opened.plaintext or b"{}")
            return data
        raise SealBrokenError(purpose)


def _key(secret: str, purpose: Purpose) -> OctKey:
    # A key of its own for each purpose: what was sealed for one cannot be passed off as another.
    derived = hmac.digest(secret.encode(), f"identity_svc sealed {purpose}".encode(), hashlib.sha256)
    return OctKey.import_key(derived)

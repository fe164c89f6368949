"""The audit: who changed what, when and from where, in a table that only grows and whose rows vouch for one another.

A use case calls `record` beside the change; the entry becomes part of the same transaction or of none. Who acts, and
from where, is known from around it: the page, the message, the command or the tick (`shared.audit.acting`).
"""

from shared.audit.acting import official, user
from shared.audit.actions import Action
from shared.audit.recording import NotRecordedError, record
from shared.audit.table import audit_tables
from shared.audit.values import differing

__all__ = ["Action", "NotRecordedError", "audit_tables", "differing", "official", "record", "user"]

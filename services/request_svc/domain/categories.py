"""Staying in one category: "You must stay in the same category of users" (User Roles Matrix 3.0, section 2)."""

from collections.abc import Collection


def may_choose(category: str, held: Collection[str]) -> bool:
    """Returns whether a person whose roles and pending requests are in `held` may request a role of `category`."""
    return not held or category in held

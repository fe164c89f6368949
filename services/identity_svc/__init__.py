"""Accounts and sign-in: an OpenID Connect provider that any other can take the place of."""

"""Attacks on who may do what: other people's rows, links, forms, sessions and secrets."""

"""Outbox, relay and inbox: how a fact committed in one service takes effect once in another."""

"""What happens when …: one file a verb, each called inside the caller's transaction."""

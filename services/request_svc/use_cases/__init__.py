"""What happens when …: one file a verb. Session and `now` in, rows and messages out; the caller commits."""

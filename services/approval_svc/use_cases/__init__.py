"""What happens when …: one file for each verb. Session and `now` in, rows and messages out; the caller commits."""

"""Rules of notices and their delivery: no I/O, no clock."""

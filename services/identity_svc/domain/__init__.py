"""The rules of accounts, passwords, codes and keys: plain Python, no clock, no I/O."""

"""The proof that nothing is lost: a stack under load, faults, and its books checked from outside."""

"""The whole of Countersign on one machine, with a real PostgreSQL, a real broker and a mailbox, without root."""

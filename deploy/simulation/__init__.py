"""`make simulate`: sixty days of requests with a moved clock, and every mail compared with what was foretold.

People ask for roles, nudge, answer, and take requests back; officials decide, ask, escalate by their silence, go away
with a substitute, and hand over one or several. What belongs to deadlines and digests of that is foretold. Left out is
what `run.NOT_IN_THE_RUN` says, and the report prints: those mails come of other rows than deadlines, and have tests
of their own.
"""

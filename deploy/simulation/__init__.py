"""`make simulate`: sixty days of requests with a moved clock, and every mail compared with what was foretold."""

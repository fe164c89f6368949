"""`make bench`: figures that are measured. `figures.py` lists them; a new one is a function and a line there."""

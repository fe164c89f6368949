"""Pages: deciding by emailed link, deciding when signed in, and what operations look at."""

"""What every service's pages have in common: layout, guards, sign-in, forms, headers."""

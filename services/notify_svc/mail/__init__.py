"""From a stored notice to a mail server's answer."""

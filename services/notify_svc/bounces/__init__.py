"""What providers' webhooks and returned mails say, read into reports."""

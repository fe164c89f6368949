"""The mailbox of the local stack: an SMTP server that delivers to nobody, and a page that shows what it got."""

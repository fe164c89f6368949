"""Pages of request_svc: forms in, use cases, templates out."""

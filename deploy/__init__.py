"""How Countersign is started: on one machine (`deploy.local`) and in containers (`Dockerfile`)."""

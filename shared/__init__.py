"""What every Countersign service is built on; imports no service."""

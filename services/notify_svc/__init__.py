"""notify_svc: writes, sends and accounts for every email of Countersign."""

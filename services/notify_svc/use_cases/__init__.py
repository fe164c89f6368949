"""What happens when …: one file for each verb."""

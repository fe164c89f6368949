"""Countersign in containers: what docker-compose.yml needs beside itself."""

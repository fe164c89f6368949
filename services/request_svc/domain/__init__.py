"""The rules of requesting a role: plain values in, plain values out."""

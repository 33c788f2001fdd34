"""Waiting on the telephone: what a caller is honestly told, and the call back that keeps the place."""

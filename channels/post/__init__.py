"""Scanned post: from the scanner's folder to letters in the queue."""

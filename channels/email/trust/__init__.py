"""Who really sent a mail, and what in it may be dangerous."""

"""S/MIME (RFC 8551): who signed a mail, what was encrypted for us, and what we sign and encrypt ourselves."""

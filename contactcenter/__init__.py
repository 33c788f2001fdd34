"""The core of the contact centre: synchronous, typed and ignorant of every protocol."""

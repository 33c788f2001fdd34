"""Everything between Asterisk and the core: the configuration we ship, the manager link, the mirror of the calls."""

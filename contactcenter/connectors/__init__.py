"""Ways to a case-management system, one small file each. The core knows only their names (handoff_connectors.py)."""

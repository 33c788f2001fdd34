"""The ways that contacts come in, one folder each. Which ones there are stands in `contactcenter/registry.py`."""

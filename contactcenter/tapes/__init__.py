"""Recorded calls: `model` the table, `taping` while the call goes on, `keeping` afterwards: played and erased."""

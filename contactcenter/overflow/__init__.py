"""Where callers go when a queue is too long: `rules` is the law (pure), `model` the table, `steps` the transaction."""

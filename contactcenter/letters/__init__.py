"""Letters that we send: `model` the table, `address` whom to, `marks` the code they carry, `writing` the verbs,
`outbox` what becomes of them. channels/post makes the pages and hands them over."""

"""Charts of reports: one builder a shape, which makes plain data of a part and one reading of storage."""

"""The documents of a report: a PDF to read, a deck to show, a table to compute with.

`paper` describes them as plain data; what writes a file is loaded by its first `write()`, in the drawing
process.
"""

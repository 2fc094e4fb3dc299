"""A strict local stand-in for Discord: its REST API and its gateway, on one loopback port, in this process.

It refuses what Discord refuses (limits, permissions, tokens, second acknowledgements), gives the same message
for the same nonce, and breaks on demand: an answer lost after the post was taken, 500, 429, silence, a
dropped socket.
"""

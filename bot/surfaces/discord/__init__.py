"""The Discord surface. Only what listens and sends imports discord.py; without a token nothing loads it."""

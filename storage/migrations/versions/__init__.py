"""One file a revision; its number is its revision id."""

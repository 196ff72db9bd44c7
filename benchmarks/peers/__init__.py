"""Scripts of the participants; each runs in its own environment, with this folder on its path."""

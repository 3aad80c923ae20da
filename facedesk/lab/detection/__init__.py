"""Training and measuring our own face detector."""

"""Training and evaluation; the application never imports it."""

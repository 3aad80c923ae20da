"""Pixels: cameras, models and everything that touches an image. No threads, no database."""

"""FaceDesk: a desktop attendance kiosk that knows the staff by face."""

__version__ = "0.1.0"

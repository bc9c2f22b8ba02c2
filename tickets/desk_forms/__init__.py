"""What the desk fills in on a ticket."""

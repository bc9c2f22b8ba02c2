"""What partners, executives and the desk see of availability and credits."""

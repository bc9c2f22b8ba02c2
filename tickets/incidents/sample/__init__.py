"""Invented incidents, told through the operations that people use."""

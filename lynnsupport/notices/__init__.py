"""Proactive notices: what changes, whom it concerns, how they were told, and the proof that they were."""

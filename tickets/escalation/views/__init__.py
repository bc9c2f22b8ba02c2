"""The portal's pages of escalation: the partner's ways, the executive's queue."""

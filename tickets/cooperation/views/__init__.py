"""The portal's pages of cooperation: each reads the clock once, calls one operation, shows its result."""

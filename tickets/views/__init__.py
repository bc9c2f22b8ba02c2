"""The portal's pages about tickets: each reads the clock once, calls one operation, shows its result."""

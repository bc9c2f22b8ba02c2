"""How the promises were kept: by month, severity, partner and customer. Reads only."""

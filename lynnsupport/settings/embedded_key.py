"""The key of the embedded settings: published with the code, and refused wherever others can reach."""

EMBEDDED_SECRET_KEY = "embedded-development-key-never-for-a-reachable-host"

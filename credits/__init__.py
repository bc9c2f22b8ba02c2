"""What is owed: outages' evidence, availability statements, claims, credit notes."""

"""Names, numbers and every text that somebody types: sealed, as faces are since schema 3."""

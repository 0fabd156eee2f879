"""What draws: tiles, cards, bars of time, lists. Components get ready texts and plain values."""

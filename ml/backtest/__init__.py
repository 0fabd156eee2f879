"""How good a forecast was: the same origins and measures for every question. No model lives here."""

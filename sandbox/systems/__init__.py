"""The sandbox company's systems, served for real."""

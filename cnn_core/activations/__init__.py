"""What a network computes on the way: the maps of every layer, their filters, their sources, and what a unit sees."""

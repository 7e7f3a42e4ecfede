"""A trained network to take away: four formats, each read again and compared, and what belongs beside them."""

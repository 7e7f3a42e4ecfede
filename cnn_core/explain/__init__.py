"""Why a classifier answered as it did. No Keras is loaded here."""

"""Training runs: a run is a folder, and one process per store, apart from the web server, works them off in order."""

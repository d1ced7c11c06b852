"""Console: the web console."""

"""Testing: sundog inside a test: an in-process server and clients."""

"""Lang: the small languages of the field as pure functions."""

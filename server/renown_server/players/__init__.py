"""Players as a whole: what takes all slices to do or to tell."""

"""The classes of `renown.errors`, by what they are about."""

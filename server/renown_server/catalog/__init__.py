"""Definitions: read from YAML, validated as a whole, compiled, stored as versions."""

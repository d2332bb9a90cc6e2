"""Conversions between messages and the values of `_model`: a module a service."""

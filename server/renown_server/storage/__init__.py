"""Connections to Postgres and Redis, and the servers embedded for development."""

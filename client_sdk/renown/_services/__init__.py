"""The typed methods of the client: a module a service."""

"""The gRPC server: everything between a connection and a handler."""

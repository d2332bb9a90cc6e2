"""What calls take and return, as values: a module a service. They know no protobuf."""

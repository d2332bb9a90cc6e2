"""What requests and answers look like on the wire, without a server around them."""

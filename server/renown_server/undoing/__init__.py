"""Taking back records: activities and purchases, with all that followed from them."""

"""What is sold: offers, purchases, receipts."""

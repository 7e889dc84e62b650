"""What a plan looks like for a target: plan in, text and argv out, nothing touched."""

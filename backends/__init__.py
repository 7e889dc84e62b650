"""Renders a plan for a target: plan in, text and argv out, nothing touched."""

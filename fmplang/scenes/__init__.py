"""Scenes: pictures whose truth is known, and questions about them. See graph.py."""

"""Backends that look at scenes: small models that the project trained itself. See docs/zoo.md."""

"""Training the small models that look at scenes, measuring them, and writing their cards. See docs/zoo.md."""

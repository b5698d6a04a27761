"""Streams: questions with their programs, and pictures with the right answers. See docs/streams.md.

`binary` and `openform` are drawn from scenes, `published` reads files of others.
"""

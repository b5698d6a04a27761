"""Pages for people to read: plain data in, the text of one self-contained HTML page out. Nothing here does I/O."""

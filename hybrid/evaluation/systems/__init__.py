"""Systems that are compared: one small file each, and one protocol."""

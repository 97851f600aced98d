"""A sample company of one's own: invented business to try everything on, gone with one click."""

"""What staff and operators use: the command line."""

"""Conversations and channels: who speaks, and the one way out for messages."""

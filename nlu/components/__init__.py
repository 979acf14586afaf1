"""Rasa pipeline components of this project."""

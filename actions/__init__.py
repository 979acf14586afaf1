"""Rasa custom actions: thin; they ask lending and answer with response names."""

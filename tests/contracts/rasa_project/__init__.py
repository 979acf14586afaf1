"""A tiny assistant, only for the contract tests of Rasa."""

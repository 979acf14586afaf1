"""What the assistant understands and says: domain, examples, rules and pipeline components."""

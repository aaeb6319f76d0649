"""From token ids to one row of numbers per token, fast. Only the engines themselves need torch."""

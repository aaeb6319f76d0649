"""Tables in and out: readers of every input format, and the one flat Arrow schema of results."""

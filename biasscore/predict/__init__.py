"""From token rows to probabilities: embedded models, classifiers from the Hugging Face Hub, or both joined."""

"""Inputs and faults, each with what must happen. `make attack` tries all; `tests/test_attack.py` a part of them."""

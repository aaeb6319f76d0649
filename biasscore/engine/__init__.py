"""The performance core: token ids to calibrated probabilities; everything but the engines themselves without torch."""

"""From labelled rows and a model to figures: metrics with intervals, baselines, reports and cards."""

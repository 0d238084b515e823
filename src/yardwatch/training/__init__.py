"""Data sets, Ultralytics training, evaluation and releases. Only this package imports Ultralytics or PyTorch."""

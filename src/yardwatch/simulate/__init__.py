"""A simulator of rail yards seen from above: layouts, rolling stock, light, sensor, and the truth of every car.

Nothing of the daily path imports this package, and it imports neither Ultralytics nor PyTorch.
"""

"""A virtual gym: radio, treadmills, straps and the people on them, for demos and tests."""

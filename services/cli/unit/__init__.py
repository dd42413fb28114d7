"""Commands for a Pi and its treadmills: enrol, doctor, commission, clicker, belt sensor, stop line."""

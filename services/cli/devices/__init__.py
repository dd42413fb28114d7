"""Commands that listen to Bluetooth devices or tell what is known of them: scan, capture, replay, decode, devices."""

"""Codecs: Bluetooth characteristics as values. Pure; never raise on what a real device sends."""

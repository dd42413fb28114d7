"""The programmes that come with Backstride, as files."""

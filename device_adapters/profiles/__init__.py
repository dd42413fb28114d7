"""Per-model quirks as data: one TOML file per model, each fact with its source."""

"""Pages of the past: sessions, one in review, a member's progress. Pure but for `archive`, which asks the stores."""

"""The engine of a session: a pure state machine, `engine.step(state, event, now_ms) -> (state, effects)`."""

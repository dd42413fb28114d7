"""Words of closed sets that stand in texts as arguments: goals, levels, phases, verbs, who asks."""

from device_adapters.contract.phrase import declare, word_key

WORDS = {
    "novice": "novice",
    "intermediate": "intermediate",
    "advanced": "advanced",
    "knee_strength": "knee strength",
    "conditioning": "conditioning",
    "athletic": "athletic",
    "mobility": "mobility",
    "retro": "retro",
    "forward": "forward",
    "starting": "starting",
    "running": "running",
    "pausing": "pausing",
    "paused": "paused",
    "stopping": "stopping",
    "ended": "ended",
    "interrupted": "interrupted",
    "stopped": "stopped",
    "refused": "refused",
    "staff": "staff",
    "coach": "coach",
    "operator": "operator",
    "member": "member",
    "program": "program",
    "start": "start",
    "pause": "pause",
    "resume": "resume",
    "stop": "stop",
    "skip": "skip",
    "repeat": "repeat",
    "done": "done",
    "slower": "slower",
    "clear": "clear",
    "adjust": "adjust",
    "rpe": "rpe",
    "present": "present",
    "note": "note",
    "near_miss": "near miss",
    "feedback": "feedback",
    "target": "target",
}

for word, english in WORDS.items():
    declare(word_key(word), english)

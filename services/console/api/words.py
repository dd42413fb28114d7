"""What the document of the REST API says of plain verbs: to programs, and so in English alone. Data only."""

from typing import Final

ASKED: Final = {
    "pause": "Ramp the belt down; the session can be resumed.",
    "resume": "Start a paused session's belt again: the belt moves. Somebody must be there.",
    "end": "End the session; its partial record is kept. To stop a belt at once, use stop.",
    "skip": "Go on to the next step.",
    "repeat": "Begin the present step again.",
    "done": "The step that staff end is over.",
    "slower": "Slower, at once.",
    "present": "Staff are with the member: the answer to the question `present` of `asks`.",
}
"""What the API's document says of the plain verbs."""

CLASS_ASKED: Final = {
    "go": "Let the class begin: belts that stand ready start one after the other. Somebody must be there.",
    "end": "No class any more: who goes by its clock goes on alone, who does not yet is stopped.",
    "stop": "Stop every session of the class by its ramp. To stop a belt at once, use stop.",
}

"""What is wrong with a field that somebody filled: its name, what does not fit, the bounds as numbers, and the fix.

`field` is the name that programs know; a page marks the field by it.
"""

from device_adapters.contract.phrase import Phrase, key


@key("{field}: {wrong}")
def field_fault(field: str, wrong: Phrase | str) -> None: ...


@key("{field} is {given}: {wrong}; {fix}")
def field_given(field: str, given: str, wrong: Phrase, fix: Phrase) -> None: ...


@key("{field}: {wrong}; {fix}")
def field_without(field: str, wrong: Phrase, fix: Phrase) -> None: ...


@key("{field}: {wrong}; see this request in /api/v1/openapi.json")
def field_of_api(field: str, wrong: Phrase) -> None: ...


@key("The body is not usable ({wrong}); send a JSON object with content-type application/json.")
def body_unusable(wrong: Phrase) -> None: ...


@key("it is no JSON")
def no_json() -> None: ...


@key("it is no UTF-8")
def no_utf8() -> None: ...


@key("it is missing")
def is_missing() -> None: ...


@key("it is not known here")
def not_known_here() -> None: ...


@key("it must be at least {least}")
def below_least(least: float) -> None: ...


@key("it must be at most {most}")
def above_most(most: float) -> None: ...


@key("it has fewer than {least} characters")
def too_short(least: int) -> None: ...


@key("it has more than {most} characters")
def too_long(most: int) -> None: ...


@key("it has more than {most} entries")
def too_many(most: int) -> None: ...


@key("it must be one of {words}")
def not_one_of(words: str) -> None: ...


@key("it is no number")
def no_number() -> None: ...


@key("it is no whole number")
def no_whole_number() -> None: ...


@key("it is no text")
def no_text() -> None: ...


@key("it is neither true nor false")
def neither_true_nor_false() -> None: ...


@key("it has another form")
def another_form() -> None: ...


@key("leave it out; known fields: {names}")
def leave_it_out(names: str) -> None: ...


@key("give {least} to {most} letters, digits or hyphens, new for each request")
def give_request_id(least: int, most: int) -> None: ...


@key("give its id, such as {such}")
def give_id(such: str) -> None: ...


@key("give its id, such as {such}, or leave it out for the treadmill's own")
def give_id_or_own(such: str) -> None: ...


@key("give one of {words}")
def give_one_of(words: str) -> None: ...


@key("give at most {most} characters")
def give_at_most(most: int) -> None: ...


@key("give at most {most} characters, or leave it out for the goal's own")
def give_programme(most: int) -> None: ...


@key("give {least} to {most} characters")
def give_characters(least: int, most: int) -> None: ...


@key("give {least} to {most} seconds")
def give_seconds(least: float, most: float) -> None: ...


@key("give {least} to {most} seconds, or leave it out")
def give_seconds_or_none(least: float, most: float) -> None: ...


@key("give {least} to {most} minutes")
def give_minutes(least: float, most: float) -> None: ...


@key("give {least} to {most} km/h")
def give_speed(least: float, most: float) -> None: ...


@key("give {least} to {most} beats per minute, or leave it out")
def give_beats(least: int, most: int) -> None: ...


@key("give {least} to {most}")
def give_number(least: float, most: float) -> None: ...


@key("give the id of a member, or leave it out for a guest")
def give_member() -> None: ...


@key("give the id of a session, or leave it out")
def give_session() -> None: ...


@key("give four digits, such as {such}")
def give_year(such: str) -> None: ...


@key("give true or false")
def give_yes_or_no() -> None: ...


@key("give a number")
def give_a_number() -> None: ...


@key("choose one")
def choose_one() -> None: ...


@key("choose for how long")
def choose_how_long() -> None: ...


@key("{given} is outside {least} to {most}")
def outside(given: float, least: float, most: float) -> None: ...


@key("{given_cs} is outside {least_cs} to {most_cs} hundredths of a second")
def outside_hundredths(given_cs: int, least_cs: int, most_cs: int) -> None: ...


@key("{given} is outside {least} to {most}, the limits of this member's level")
def outside_level(given: float, least: float, most: float) -> None: ...


@key("say its source, measured or clinician; without a value it is formula")
def say_source_or_formula() -> None: ...


@key("say its source, measured or clinician")
def say_source() -> None: ...


@key("with a beta blocker exertion counts, not the heart; leave it out")
def heart_under_beta_blocker() -> None: ...


@key("between now and half a year")
def within_half_a_year() -> None: ...


@key("say which text was shown, in {least} to {most} characters")
def say_which_text(least: int, most: int) -> None: ...


@key("give {least} to {most} printable characters, such as {such}")
def give_printable(least: int, most: int, such: str) -> None: ...


@key("{name} has an account already; choose another name")
def account_there(name: str) -> None: ...


@key("give {least} to {most} characters; a few words are good")
def give_password(least: int, most: int) -> None: ...


@key("give {least} to {most} digits")
def give_pin(least: int, most: int) -> None: ...


@key("it is one of those that are guessed first; give another")
def guessed_first() -> None: ...


@key("{name} looks like the name of another account; choose another name")
def account_alike(name: str) -> None: ...


@key("{alias} is another member's; choose another alias")
def alias_taken(alias: str) -> None: ...


@key("{alias} looks like another member's; choose another alias")
def alias_alike(alias: str) -> None: ...


@key("give {least} to {most} lower-case letters, digits and hyphens, such as {such}")
def give_token_name(least: int, most: int, such: str) -> None: ...


@key("{name} has been used; choose another, the audit goes by it")
def name_used(name: str) -> None: ...


@key("{name}: no such account; see backstride user list")
def no_such_account(name: str) -> None: ...


@key("{name}: no such token; see backstride token list")
def no_such_token(name: str) -> None: ...


@key("{member}: no such member; search by name or alias")
def no_such_member(member: str) -> None: ...


@key("{member}: no such member; nothing was erased")
def no_member_to_erase(member: str) -> None: ...


@key("{member}: a session of this member runs on {treadmill}; end it, then erase: nothing was erased")
def erased_while_training(member: str, treadmill: str) -> None: ...


@key("{session}: no member's session; the member's history lists them")
def no_member_s_session(session: str) -> None: ...


@key("character {at} cannot be seen ({code}, {name}); type it anew without")
def letter_unseen(at: int, code: str, name: str) -> None: ...


@key("give at least one letter or digit")
def no_letter() -> None: ...


@key("{word} mixes {one} and {other} letters, which look the same; type it anew with one keyboard")
def letters_mixed(word: str, one: str, other: str) -> None: ...

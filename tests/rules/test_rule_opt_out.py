"""The opt-out detector: wordings that people use, and words in passing."""

from __future__ import annotations

import pytest

from reconciler.rules import check

INSTRUCTIONS = [
    "REPLY STOP",
    "Reply STOP",
    "STOP to opt out",
    "Text STOP to unsubscribe",
    "Txt STOP 2 end",
    "STOP=end",
    "HELP4help STOP2stop",
    "Rply STOP 2 end",
    "To opt out, reply STOP",
    'Reply with "STOP"',
    "Send QUIT to 45678 to end",
    "Reply END to cancel",
    "reply unsubscribe",
    "text OPT OUT",
    "opt-out: reply STOP",
    "Responda STOP",
    "Responde ALTO para cancelar",
    "Envie STOP",
    "Envíe STOP al 45678",
    "Responda con la palabra ALTO",
    "Reply HELP for help, STOP to end",
    "Reply HELP or STOP",
    "Text HELP for help or STOP",
    "Reply to this message with the word STOP",
    "Reply “STOP” to end",
    "Opt out: STOP",
    "opt-out=STOP",
    "Unsubscribe? Text 'STOP'",
    "You can unsubscribe any time by texting STOP",
    "Reply STOPALL",
    "reply stop",
    "reply Stop any time",
    "Reply {{x}} STOP",
    "Txt STOP to opt-out. Msg&data rates may apply",
    "Répondez ARRÊT",
    "STOP para terminar",
    "Reply Y to confirm, N to cancel, STOP to opt out",
    "Reply STOP\nto opt out",
    "To stop, text END",
    "Reply REVOKE",
    "text stop to 45678",
    "Do not reply to this message, text STOP to 45678 to opt out",
    "Text CANCEL to unsubscribe",
    "2 stop, txt STOP",
    "SMS STOP to 12345",
    "Respond with STOP to cancel",
    "Reply STOP Msg&data rates may apply",
    "ＲＥＰＬＹ ＳＴＯＰ",
    "Don't want these? Reply STOP",
    "Not you? Reply STOP",
    "Reply 'stop'.",
    "Reply *STOP* to quit",
    "Msg freq varies. HELP=help STOP=cancel",
    "Text “QUIT” to cancel",
    "STOP to quit",
    "To unsubscribe reply with STOP",
    "Reply STOP, to opt out",
    "Text us STOP at any time",
    "Reply STOP at any time",
    "Reply STOP or HELP",
    "Reply STOP/HELP",
    "To end these messages, reply END",
    "STOP 2 opt out",
    "Reply: STOP",
    "STOP to stop",
    "reply with opt-out",
    "Responda con STOP para darse de baja",
    "Reply QUIT to stop",
    "Reply with STOP to be removed",
    "To opt-out of messages text STOP",
    "to quit reply 'quit'",
    "End: reply END",
    "If you wish to opt out, please reply to this text with STOP",
    "Reply “Stop” to unsubscribe from Acme",
    "STOP to unsub",
    "Txt STOP to end",
    "Text STOP2quit",
    "Opt out by replying STOP",
    "Reply STOP to cancel",
    'Reply "STOP" to 45678 to cancel',
    "Reply w/ STOP",
    "send STOP to 45678",
]

IN_PASSING = [
    "nonstop service",
    "your reply stopped our bot",
    "Stop by our store",
    "the bus will stop at 5",
    "end of season sale",
    "cancel your appointment online",
    "Do not stop",
    "quit smoking today",
    "Reply YES to confirm. Bus stop 5",
    "Reply YES to confirm or call us to cancel",
    "Reply C to cancel",
    "Reply 2 to unsubscribe",
    "We text end of day reports",
    "Text us non-stop to end hunger",
    "end to end encryption",
    "end-to-end encryption",
    "bus from stop to stop",
    "Do not reply STOP to this message",
    "You cannot reply STOP",
    "Reply YES, end of season sale",
    "Reply YES or stop by our store",
    "Reply YES or cancel online",
    "Please reply. End of season sale",
    "We got your text, stop by",
    "To cancel, stop by our store",
    "Reply Y or N",
    "Reply to cancel",
    "text stopped",
    "Please reply by end of day",
    "How to opt out: cancel your subscription online",
    "unsubscribe at https://acme.example/u",
    "Opt out at acme.example",
    "Call 555 to opt out",
    "Visit our site to stop messages",
    "Reply YES to confirm or cancel.",
    "Reply if you want to stop",
    "Bus stop: end of the road",
    "The stop sign",
    "Don't stop believing",
    "We will cancel your order",
    "Your subscription will end",
    "Reply HELP for help",
    "Reply START to join. End of sale Friday",
    "Non-stop flights: text FLY",
    "",
    "Reply STOPPED",
    "unstoppable",
    "Do not reply STOP to opt out, call us",
    "weekend to end",
    "Reply 1 to stop 2 to continue",
    "Messages stop when you cancel",
    "Cancel or end your plan",
    "Reply endless",
    "Your text: end of sale",
    "Text JOIN to 45678",
]


@pytest.mark.parametrize("content", INSTRUCTIONS)
def test_instruction(content, problems):
    """A wording that tells the reader to answer with a revocation word is accepted."""
    assert [one.code for one in problems(content=content) if one.code == "CX103"] == []


@pytest.mark.parametrize("content", INSTRUCTIONS)
def test_instruction_inside_a_text(content, problems):
    """The same wording is accepted inside a longer text, in capitals and over lines."""
    inside = f"Acme Dental: see you at 5.\n{content.upper()}. Thanks!"
    assert [one.code for one in problems(content=inside) if one.code == "CX103"] == []


@pytest.mark.parametrize("content", IN_PASSING)
def test_word_in_passing(content, places):
    """A revocation word in its everyday sense is no instruction."""
    assert places("CX103", content=content) == [(("content",), None)]


@pytest.mark.parametrize(
    ("phrase", "content", "accepted"),
    [
        ("Say adiós", "Acme. SAY  ADIÓS to leave", True),
        ("Say adiós", "Acme. Say\nadios!", True),
        ("fin", "Text FIN", True),
        ("fin", "final offer", False),
        ("fin", "dauphin", False),
        ("a.b", "aXb", False),
        ("1-2", "Press 1-2.", True),
        ("  ", "Acme", False),
    ],
)
def test_phrases_of_the_policy(phrase, content, accepted, document, context):
    """The policy's phrases are accepted whatever the case, blanks and accents, on word boundaries only."""
    found = check(document(content=content), context(opt_out_phrases=(phrase,)))
    assert ("CX103" not in [one.code for one in found]) is accepted


def test_long_texts_are_quick(places):
    """A text that comes close to matching everywhere does not make the detector run away."""
    for piece in (
        "reply : ",
        "text with the word ",
        "stop to go ",
        "not reply ",
        "reply help or ",
        "to end, ",
    ):
        assert places("CX103", content=piece * 4000) == [(("content",), None)]

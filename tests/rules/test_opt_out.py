"""The opt-out detector: wordings that people use, and words in passing."""

from __future__ import annotations

import pytest

from reconciler.rules import check

INSTRUCTIONS = [
    "REPLY STOP", "Reply STOP", "STOP to opt out", "Text STOP to unsubscribe", "Txt STOP 2 end",
    "STOP=end", "HELP4help STOP2stop", "Rply STOP 2 end", "To opt out, reply STOP", 'Reply with "STOP"',
    "Send QUIT to 45678 to end", "Reply END to cancel", "reply unsubscribe", "text OPT OUT",
    "opt-out: reply STOP", "Responda STOP", "Responde ALTO para cancelar", "Envie STOP",
    "Envíe STOP al 45678", "Responda con la palabra ALTO", "Reply HELP for help, STOP to end",
    "Reply HELP or STOP", "Text HELP for help or STOP", "Reply to this message with the word STOP",
    "Reply “STOP” to end", "Opt out: STOP", "opt-out=STOP", "Unsubscribe? Text 'STOP'",
    "You can unsubscribe any time by texting STOP", "Reply STOPALL", "reply stop",
    "reply Stop any time", "Reply {{x}} STOP", "Txt STOP to opt-out. Msg&data rates may apply",
    "Répondez ARRÊT", "STOP para terminar", "Reply Y to confirm, N to cancel, STOP to opt out",
    "Reply STOP\nto opt out", "To stop, text END", "Reply REVOKE", "text stop to 45678",
    "Do not reply to this message, text STOP to 45678 to opt out", "Text CANCEL to unsubscribe",
    "2 stop, txt STOP", "SMS STOP to 12345", "Respond with STOP to cancel",
    "Reply STOP Msg&data rates may apply", "ＲＥＰＬＹ ＳＴＯＰ", "Don't want these? Reply STOP",
    "Not you? Reply STOP", "Reply 'stop'.", "Reply *STOP* to quit",
    "Msg freq varies. HELP=help STOP=cancel", "Text “QUIT” to cancel", "STOP to quit",
    "To unsubscribe reply with STOP", "Reply STOP, to opt out", "Text us STOP at any time",
    "Reply STOP at any time", "Reply STOP or HELP", "Reply STOP/HELP",
    "To end these messages, reply END", "STOP 2 opt out", "Reply: STOP", "STOP to stop",
    "reply with opt-out", "Responda con STOP para darse de baja", "Reply QUIT to stop",
    "Reply with STOP to be removed", "To opt-out of messages text STOP", "to quit reply 'quit'",
    "End: reply END", "If you wish to opt out, please reply to this text with STOP",
    "Reply “Stop” to unsubscribe from Acme", "STOP to unsub", "Txt STOP to end", "Text STOP2quit",
    "Opt out by replying STOP", "Reply STOP to cancel", 'Reply "STOP" to 45678 to cancel',
    "Reply w/ STOP", "send STOP to 45678", "Reply with STOP to stop receiving messages",
    "Text 'END' to quit", "STOP to unsub", "To stop receiving texts, reply STOP",
    "Txt STOP to 12345 to opt out", "Reply STOP to unsubscribe or HELP for help", "Opt-out: STOP",
    "Text STOP to opt-out", "Send STOP to unsubscribe", "Reply STOP2quit", "UNSUBSCRIBE to stop",
    "reply with the word unsubscribe", "You may opt out at any time by replying STOP", "STOP: opt out",
    "Stop? Reply STOP", "Answer STOP to end", "respond STOP to end",
    "Please reply 'opt out' to be removed", "text back STOP", "Reply to opt out with STOP",
    "Just reply STOP", "hit reply and type STOP", "Reply STOP anytime", "Quit? Text QUIT",
    "Reply 'END' and we'll stop", "Simply reply Cancel", "Message STOP to 12345",
    "Text the word STOP to 45678", "Text STOP or END to opt out", "Reply STOP, END, or QUIT to opt out",
    "to opt out, simply text STOP", "Unsubscribe by texting STOP", "Unsubscribe w/ STOP",
    "Opt out anytime: STOP", "STOP→opt out", "STOP → end", "Txt STOP2END", "Respond STOP2stop",
    "Opt out=STOP", "STOP=unsubscribe", "Escribe STOP", "Envía BAJA al 45678", "Manda ALTO",
    "Para cancelar responda STOP", "Para salir, envíe SALIR", "Reply STOP if you no longer want these",
    "Reply STOP and you're out", "Reply: 'STOP' to opt out", "Text STOP, HELP for help",
    "REPLY STOP TO END.", 'Reply "stop", to end', "HELP for help/STOP to end", "HELP=help,STOP=end",
    "Rply HELP 4 help, STOP 2 quit", "Reply STOP or call 555", "Write STOP to opt out", "reply STOP!",
    "Reply\xa0STOP", "Reply\u200b STOP", "Opt out? Txt: STOP", "Text “stop” to the number 45678",
    "STOP 2 unsubscribe", "STOP 2 cancel msgs", "Reply stop to this text",
    "Reply STOP to this message to opt out", "To opt out text or reply STOP",
    "Respond with the word STOP", 'replying "QUIT"', "Reply STOP here", "2END txt STOP",
    "To cancel reply CANCEL", "Cancel=STOP", "Rply STOP2end", "Stop msgs: reply STOP",
    "Reply OPT-OUT to stop", "Reply OPTOUT", "reply opt out",
]  # fmt: skip

IN_PASSING = [
    "nonstop service", "your reply stopped our bot", "Stop by our store", "the bus will stop at 5",
    "end of season sale", "cancel your appointment online", "Do not stop", "quit smoking today",
    "Reply YES to confirm. Bus stop 5", "Reply YES to confirm or call us to cancel",
    "Reply C to cancel", "Reply 2 to unsubscribe", "We text end of day reports",
    "Text us non-stop to end hunger", "end to end encryption", "end-to-end encryption",
    "bus from stop to stop", "Do not reply STOP to this message", "You cannot reply STOP",
    "Reply YES, end of season sale", "Reply YES or stop by our store", "Reply YES or cancel online",
    "Please reply. End of season sale", "We got your text, stop by", "To cancel, stop by our store",
    "Reply Y or N", "Reply to cancel", "text stopped", "Please reply by end of day",
    "How to opt out: cancel your subscription online", "unsubscribe at https://acme.example/u",
    "Opt out at acme.example", "Call 555 to opt out", "Visit our site to stop messages",
    "Reply YES to confirm or cancel.", "Reply if you want to stop", "Bus stop: end of the road",
    "The stop sign", "Don't stop believing", "We will cancel your order", "Your subscription will end",
    "Reply HELP for help", "Reply START to join. End of sale Friday", "Non-stop flights: text FLY", "",
    "Reply STOPPED", "unstoppable", "Do not reply STOP to opt out, call us", "weekend to end",
    "Reply 1 to stop 2 to continue", "Messages stop when you cancel", "Cancel or end your plan",
    "Reply endless", "Your text: end of sale", "Text JOIN to 45678", "Stop in today",
    "We can't stop smiling", "Cancel anytime", "cancel anytime online", "Your trial ends soon",
    "end date 5/5", "Reply to this message to cancel", "Call to cancel", "Text us to cancel or change",
    "Reply CONFIRM to keep or call to cancel", "Pit stop to refuel", "quit to win",
    "Don't quit! Reply YES to go on", "Unsubscribe link: acme.com/u", "Text back if you need to cancel",
    "Reply if you need us to stop", "sign up to end hunger", "we will not stop to rest",
    "Revoke access at", "to revoke consent call", "Reply NOW. End is near", "send money to end poverty",
    "Text HOPE to end hunger", "Reply HELP to stop scams", "Reply YES to stop receiving paper bills",
    "Reply 1 to confirm, 2 to cancel", "cancel to reschedule", "Text STOPS", "reply stop-motion",
    "One-stop shop", "non stop", "stopwatch", "Weekend sale", "send us your end date",
    "Stop, look and listen", "Stop waiting", "Quit waiting and text us", "Reply by the end of the day",
    "Text or call to cancel", "reply to end the chat", "Text us before you cancel",
    "Reply Q for questions", "Our service is non-stop: reply HELP", "back-to-back stops",
    "You will be unsubscribed", "The end. Reply YES", "cancel/reschedule at acme.com",
    "Use code STOP10", "STOP10 for 10% off", "Text STOP10 for 10% off", "Send-off party at end of May",
    "Message: end-of-year sale", "Your message ended", "text end-to-end encrypted",
    "Truck stop 2 miles",
]  # fmt: skip

DENIED = [
    "Replying STOP will not work on this number", "Reply STOP to opt out is not supported", "STOP has no effect",
    "You will not be able to opt out by replying STOP", "It's not necessary to reply STOP",
    "Unable to opt out by replying STOP? Call us.", "We cannot process STOP requests", "STOP won't opt you out",
    "By texting STOP you agree to pay $5", "Please don't text STOP unless you mean it", "Never reply STOP",
    "No es necesario responder STOP", "No conteste STOP", "STOP no funciona en este número",
    "Il n'est pas nécessaire de répondre STOP", "Ne répondez pas STOP", "Não é necessário responder STOP",
    "If you text STOP you agree", "You replied STOP and will get no more texts", "Thanks for texting STOP",
]  # fmt: skip


@pytest.mark.parametrize("content", DENIED)
def test_a_negation_undoes_it(content, places):
    """What denies that the answer works, or only tells of it, is no instruction; nor does CX117 warn of it."""
    assert places("CX103", content=content) == [(("content",), None)]
    assert places("CX117", content=content) == []


@pytest.mark.parametrize(
    "content",
    [
        "Reply STOP to opt out if you no longer need these texts",
        "If you do not wish to get texts you may unsubscribe by texting STOP",
        "Do not reply to this text except with STOP to opt out",
        "This number is not monitored. Reply STOP to opt out",
        "We do not share your number and you can opt out by replying STOP",
        "You won't get more texts if you reply STOP",
        "Can't make it? Call 555-0142. Text STOP to stop reminders",
    ],
)
def test_a_negation_of_something_else_does_not(content, places):
    """Not wanting the messages, or not sharing a code, denies nothing of the way out."""
    assert places("CX103", content=content) == []


@pytest.mark.parametrize("content", INSTRUCTIONS)
def test_instruction(content, problems):
    """A wording that tells the reader to answer with a revocation word is accepted."""
    assert [one.code for one in problems(content=content) if one.code == "CX103"] == []


@pytest.mark.parametrize("content", INSTRUCTIONS)
def test_instruction_inside_a_text(content, problems):
    """The same wording is accepted inside a longer text, in capitals and over lines."""
    inside = f"Acme: 20% off until Sunday.\n{content.upper()}. Thanks!"
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


@pytest.mark.parametrize(
    ("phrase", "content", "accepted"),
    [
        ("退订回N", "Acme：全场八折，退订回N。", True),
        ("退订回N", "Acme：全场八折，退订回NO。", False),
        ("回T", "请回T退订", True),
        ("수신거부", "무료수신거부는 080", True),
        ("ส่ง หยุด", "โปรดส่ง หยุดได้", True),
        ("fin", "退订fin退订", True),
        ("fin", "fi\ufe0fn", False),
        ("fin", "fi\u200bn", False),
        ("fin", "❤\ufe0ffin", True),
    ],
)
def test_phrases_in_scripts_without_blanks(phrase, content, accepted, document, context):
    """Where a script has no blanks a phrase has no border; a letter of another script still goes on a word."""
    found = check(document(content=content), context(opt_out_phrases=(phrase,)))
    assert ("CX103" not in [one.code for one in found]) is accepted


HIDDEN = ["\ufe0f", "\u200b", "\u00ad", "\u034f", "\u0336", "\u2060", "\U000e0041", "\u3164", "\x07"]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_hidden_character_never_helps(hidden, places):
    """A word with a hidden character in it is another word, and two words are not parted by one."""
    for content in (
        f"Reply ST{hidden}OP to opt out",
        f"Reply{hidden}STOP",
        f"R{hidden}eply STOP",
        f"STOP{hidden}toEND",
    ):
        assert places("CX103", content=f"Acme. {content}") == [(("content",), None)]
    assert places("CX103", content=f"Acme. Reply STOP{hidden} to opt out") == []


def test_letters_of_another_script_are_other_letters(places):
    """A look-alike is no keyword; full-width letters and accents are read as the letters that they are."""
    assert places("CX103", content="Reply SТOP to opt out")
    assert places("CX103", content="Reply ＳＴＯＰ to opt out") == []
    assert places("CX103", content="Re\u0301pondez STOP pour vous de\u0301sabonner") == []


ASKED_FOR_ELSE = [
    ("Reply CANCEL to cancel your appointment", 6),
    ("See you {{date}}. Text CANCEL by 5pm to avoid a fee", 23),
    ("Reply C to confirm or CANCEL to cancel your visit", 22),
    ("Reply 1 to confirm, or CANCEL to cancel.", 23),
    ("Reply STOP to vote", 6),
    ("Text STOP 4433 for arrival times", 5),
    ("Text STOP number to 45678 for bus arrival times", 5),
    ("Reply END to end your shift", 6),
    ("Want to quit? Text QUIT for tips", 19),
    ("Reply UNSUBSCRIBE to cancel your order", 6),
    ("Reply REVOKE to revoke access for your tablet", 6),
    ("Responda CANCELAR para cancelar su cita", 9),
    ("Envie ALTO para votar", 6),
    ("Responda BAJA para conocer las ofertas del dia en la tienda", 9),
    ("Répondez ARRET pour gagner un prix", 9),
    ("回复CANCEL取消预约", None),
    ("回复STOP取消预约", 2),
]


@pytest.mark.parametrize(("content", "offset"), ASKED_FOR_ELSE)
def test_a_keyword_that_is_asked_for_something_else(content, offset, places):
    """CX117 shows the word where it stands; such a word is no instruction to leave."""
    assert places("CX117", content=content) == ([] if offset is None else [(("content",), offset)])
    assert places("CX103", content=content)


@pytest.mark.parametrize(
    "content",
    [
        *INSTRUCTIONS[:40],
        "Stop by our store",
        "End of season sale: reply YES",
        "Do not reply STOP to this message",
        "Reply SALIR para votar",
        "Envia BAJA de precios a tus amigos",
    ],
)
def test_a_keyword_that_is_not_asked_for_something_else(content, places):
    """CX117 says nothing of an instruction to leave, of a word in passing, or of a word that carriers do not take."""
    assert places("CX117", content=content) == []


@pytest.mark.parametrize(
    "content", ["Reply CANCEL", "To cancel reply CANCEL", "Reply REVOKE", "Send QUIT to 45678 to cancel"]
)
def test_a_common_word_beside_an_appointment(content, places):
    """A word that appointments use too is an instruction only where no appointment is spoken of."""
    assert places("CX103", content=f"Acme: 20% off. {content}") == []
    assert places("CX103", content=f"Acme Dental: see you at 5. {content}")
    assert places("CX103", content=f"Acme Dental: see you at 5. {content}. Reply STOP to opt out") == []

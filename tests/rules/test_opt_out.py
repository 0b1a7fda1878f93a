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


@pytest.mark.timeout(10)
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

"""The words of English, Spanish, French and Portuguese by what they do in an instruction to leave a list.

One table for all four: senders mix them ("Texto STOP para terminar"), and nobody says which language a text is
in. Words stand as ``folding.fold`` leaves them; ``_`` joins a phrase. A word may have several roles: the grammar
chooses.
"""

from __future__ import annotations

ASK = 1 << 0
"""Tells to answer: reply, responda."""
WEAK = 1 << 1
"""Tells to answer only where a purpose stands beside it: say, press."""
ASKING = 1 << 2
"""The same as a way of doing something: by replying, respondiendo."""
SURE = 1 << 3
"""An answer that carriers take as a revocation, and that is rarely asked for anything else: STOP, ALTO."""
COMMON = 1 << 4
"""An answer that carriers take as a revocation, and that appointments and orders use as well: CANCEL, END."""
LEAVE = 1 << 5
"""Means leaving a list, whatever follows: opt out, darse de baja."""
END = 1 << 6
"""Means ending what is named after it, which must be messages: stop, cancel."""
GETTING = 1 << 7
"""Receiving or sending: stop receiving, won't text you."""
MESSAGES = 1 << 8
"""What one subscribes to."""
TO = 1 << 9
"""Begins a purpose: to, for, 2, para."""
BRIDGE = 1 << 10
"""May stand between the verb and the word that it asks for: with, the word."""
ANSWER = 1 << 11
"""Another answer that may be offered beside it: yes, 1."""
HELP = 1 << 12
"""The answer that footers offer beside it: help, info."""
NOT = 1 << 13
WANT = 1 << 14
"""Wishing: do not want, no desea."""
DEED = 1 << 15
"""Shows that the text is about an appointment, an order or the like, which a common word would then be for."""
ANY = 1 << 16
"""At any time, now, please: says nothing about what the word is for."""
NEXT = 1 << 17
"""Begins what comes after the instruction where the full stop is missing: Msg&data rates, HELP."""
IF = 1 << 18
SMALL = 1 << 19
"""Articles and what else may stand before a noun: the, all future, los."""
AUX = 1 << 20
OR = 1 << 21
SOFT = 1 << 22
"""May stand between a negation and its verb: do not have to reply."""
LIMIT = 1 << 23
"""Begins a condition or a deadline: within 24 hours, by 5pm."""
BY = 1 << 24
AND = 1 << 25
WORKING = 1 << 27
"""What an answer does that counts: STOP is not *supported*."""
ONGOING = 1 << 26
"""A deed that lasts, so that "to end" may be about it: a ride, a chat."""

_TABLE = (
    (ASK, "reply rply repy relpy rpl replay respond rspnd resp text txt sms message msg send snd answer type"),
    (ASK, "write return responda responde responder responded contesta conteste contestar envia envie enviar"),
    (ASK, "mande manda mandar escriba escribe escribir escreva texto textea textee texte texter textez teclee"),
    (ASK, "digite repondez reponds repondre repond envoyez envoie envoyer ecrivez ecrire tapez taper"),
    (WEAK, "say press hit use enter put give marque oprima use_la"),
    (ASKING, "replying texting txting sending responding messaging answering typing respondiendo enviando"),
    (ASKING, "contestando mandando escribiendo texteando respondendo repondant envoyant textant"),
    (SURE, "stop stopall stop_all unsubscribe optout opt_out alto baja salir parar pare arret arreter sair"),
    (COMMON, "cancel end quit revoke cancelar"),
    (LEAVE, "opt_out optout opt-out op_out opt_our out_out unsubscribe unsub unsubs unsubcribe unsuscribe"),
    (LEAVE, "unsubsribe unsubscibe unsubscribing removed removal taken_off take_you_off take_me_off want_out"),
    (LEAVE, "you_'_re_out remove_yourself remove_me remove_you remove_your_number not_interested rather_not"),
    (LEAVE, "no_more_texts opting_out baja darse_de_baja dar_de_baja darte_de_baja darme_de_baja desuscribirse"),
    (LEAVE, "desuscribir desinscribirse descadastrar descadastrar_se desabonner desinscrire desabonnement"),
    (LEAVE, "desinscription"),
    (END, "paramos stop stop_all end quit cancel discontinue terminate revoke leave decline turn_off halt exit"),
    (END, "remove withdraw block mute disable pause get_off cnl cncl cancell cancelling stopping cancelar"),
    (END, "terminar parar detener finalizar salir anular eliminar suspender dejar sair deixar encerrar arreter"),
    (END, "annuler terminer cesser quitter mettre_fin stopper"),
    (GETTING, "receive receiving get getting hear hearing see contact bother text message send recibir"),
    (GETTING, "recibiendo receber recevoir enviar"),
    (MESSAGES, "message messages msg msgs mssgs text texts txt txts sms texting messaging alert alerts"),
    (MESSAGES, "notification notifications reminder reminders update updates offers promo promos promotions"),
    (MESSAGES, "subscription list lists communication consent permission this_service communications notices"),
    (MESSAGES, "newsletter tips news deals coupons spam marketing mailings program programs hearing mensajes"),
    (MESSAGES, "mensaje msjs msj textos avisos alertas notificaciones recordatorios promociones ofertas"),
    (MESSAGES, "suscripcion lista comunicaciones boletines mensagens mensagem inscricao assinatura lembretes"),
    (MESSAGES, "alertes rappels abonnement offres envois liste"),
    (TO, "to 2 4 for para p_/ p por pour pr afin so_that"),
    (BRIDGE, "with w w_/ back us me only just using word keyword code number saying our this to a the your"),
    (BRIDGE, "message msg text txt sms at letters nos con la el palabra este esta un una al numero clave mensaje"),
    (BRIDGE, "por com palavra le mot avec par au ce cet either simply"),
    (ANSWER, "yes no y n c r x si nao sim oui non confirm reschedule more start join go keep skip refill"),
    (HELP, "help info information ayuda aide ajuda assistance support details"),
    (NOT, "not n't never cannot don't dont doesn't won't wont can't cant isn't aren't didn't wouldn't shouldn't"),
    (NOT, "no unable impossible imposible no_longer no_need nunca ya_no nao ne pas jamais without"),
    (WANT, "want wish like care wanna need interested desea deseas quiere quieres desee quiera quer deseja"),
    (WANT, "preferir voulez veux souhaitez desirez"),
    (DEED, "appointment appointments appt appts visit booking booked book reservation order orders ride trip"),
    (DEED, "delivery session class slot confirm confirmed reschedule rebook shift table flight refill transfer"),
    (DEED, "fee package membership cita citas pedido reserva viaje envio consulta confirmar reagendar"),
    (DEED, "rendez_vous rdv commande confirmer see_you seeing_you spot arrive arrival pickup driver doctor dr"),
    (DEED, "checkup cleaning haircut stay checkin ticket tickets seat payment transaction charge waitlist visita"),
    (DEED, "vuelo entrega pago esperamos livraison colis vol visite paiement agendamento uber lyft taxi cab"),
    (DEED, "hotel room plan renewal renewing lease queue item cart offer application box drawing"),
    (WORKING, "work works supported available possible monitored accepted honored processed read recognized"),
    (WORKING, "functional funciona sirve disponible fonctionne enabled allowed effect"),
    (ONGOING, "session chat ride trip shift class call stay game rental charging parking sesion viaje"),
    (ANY, "any_time anytime at_any_time at_anytime now here today please pls back again en_cualquier_momento"),
    (ANY, "ahora cuando_quiera a_qualquer_momento a_tout_moment maintenant whenever only"),
    (NEXT, "msg msgs message std data rates terms tc reply text txt call visit see powered t msjs www sent"),
    (IF, "if si se when once unless in_case cuando quand lorsque"),
    (SMALL, "the a an our your my his her their this that these those it all any future further more additional"),
    (SMALL, "other us me from of to recurring promotional marketing automated text sms no longer anymore such"),
    (SMALL, "them you el la los las un una de del mi mis tu tus su sus este esta estos estas nuestros nuestras"),
    (SMALL, "mas otros ya todos todas o os as minha estes mais des les le l d aux au ces cette nos vos vous se"),
    (SMALL, "te nous plus be being get getting getting_any b up off en"),
    (AUX, "will does is are can could may would has was were shall must should"),
    (OR, "or o ou / & either"),
    (AND, "and so y et e &"),
    (SOFT, "necessary required possible reason es necesario hace falta debe puede posible hay que tiene est"),
    (SOFT, "necessaire besoin e necessario de d it just please simply need needs have has to able be try ever"),
    (SOFT, "you only directly even us do does bother"),
    (LIMIT, "within before by when at until till only on after antes avant avant_le dans hasta during while as"),
    (BY, "by via with using con en w w_/ use through"),
)  # fmt: skip


def _roles() -> dict[str, int]:
    found: dict[str, int] = {}
    for role, words in _TABLE:
        for word in words.split():
            plain = word.replace("_", " ")
            found[plain] = found.get(plain, 0) | role
    return found


ROLES = _roles()
"""Word or phrase to its roles."""


def _longer() -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in sorted((each for each in ROLES if " " in each), key=len, reverse=True):
        words = tuple(phrase.split())
        found.setdefault(words[0], []).append(words)
    return {first: tuple(phrases) for first, phrases in found.items()}


LONGER = _longer()
"""First word to the phrases that begin with it, longest first."""

JOINED = {
    f"{key}{to}{purpose}": (key, to, purpose)
    for key in ("stop", "end", "quit", "cancel", "unsubscribe")
    for to in ("to",)
    for purpose in ("end", "stop", "quit", "cancel", "optout", "unsubscribe", "unsub")
}
"""Words that people write without blanks: ``stoptoend``."""

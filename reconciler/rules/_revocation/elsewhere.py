"""Other languages that US senders use, by the commonest wordings of each.

A sentence counts that has a verb of answering, a revocation word and a purpose of leaving, in any order, and no
negation. A purpose that orders and appointments share ("cancel") counts only where none of these is named. What
is worded otherwise is for the policy's ``opt_out_phrases``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from reconciler.rules._revocation.folding import HIDDEN, UNSPACED, fold
from reconciler.rules._revocation.grammar import Use

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordings:
    """Words of one language, ``|`` between them. ``sure`` means leaving a list, ``common`` ending anything."""

    asks: str
    words: str = "stop|unsubscribe"
    sure: str
    common: str
    denied: str
    deeds: str
    spaced: bool = True


LANGUAGES = {
    "Chinese": Wordings(
        asks="回复|回覆|回復|回|发送|發送|发|發|传送|傳送|传|傳|输入|輸入|短信至|簡訊至|寄",
        words="stop|unsubscribe|td",
        sure="退订|退訂|取消订阅|取消訂閱|取消短信|取消簡訊|停止接收|停收|拒收|不再接收|不想再?收|不希望收|停止发送|停止發送",
        common="取消|停止|退出|结束|結束",
        denied="勿[回发發传傳]|不要回|别回|不必回|[无無]需回|(?:不能|无法|無法)(?:以|通过|透過)?[回发發传傳退]|不支[持援]",
        deeds="预约|預約|订单|訂單|预订|預訂|服务|服務|行程|配送|付款|交易",
        spaced=False,
    ),
    "Korean": Wordings(
        asks="회신|답장|답신|보내|전송|입력|문자로|수신 ?거부 ?:? ?stop|stop ?수신 ?거부",
        sure="수신 ?거부|수신을? ?(?:거부|중단|중지|원하지)|수신이 중단|구독을? ?(?:취소|해지|중단)|받지 않|해지|탈퇴"
        "|(?:문자|메시지|알림)[를을]? ?(?:수신|받지|그만|중단|중지|거부)",
        common="취소|중지|중단|그만|종료",
        denied="하지 ?마|보내지 ?마|않습니다|없습니다|불가|마십시오",
        deeds="예약|주문|배송|결제|진료|서비스",
        spaced=False,
    ),
    "Vietnamese": Wordings(
        asks="tra loi|nhan tin|nhan|soan|soan tin|gui|reply|phan hoi|go",
        sure="huy dang ky|huy nhan|(?:ngung|dung|khong|tu choi) nhan|khong muon nhan|(?:ngung|dung) (?:tin|thong bao)",
        common="huy|ngung|dung|thoat",
        denied="khong (?:tra loi|gui|the)|dung (?:tra loi|gui)|khong hoat dong",
        deeds="lich|hen|don hang|don|chuyen|dich vu|giao hang",
    ),
    "Arabic": Wordings(
        asks="ارسل|ارسلوا|ارسال|رد|الرد|اكتب|ابعث",
        words="stop|unsubscribe|(?<=ارسل |كلمة )(?:ايقاف|توقف|قف|الغاء)",
        sure="ل?الغاء الاشتراك|ل?الغاء اشتراكك|ل?(?:ايقاف|وقف) (?:الرسائل|التنبيهات|الاشعارات)|عدم استلام",
        common="للالغاء|للايقاف|الغاء|ايقاف|الانسحاب",
        denied="لا ترسل|لا ترد|لا يمكن|لا يمكنك|لن",
        deeds="موعد|موعدك|الموعد|طلب|الطلب|طلبك|حجز|الحجز|حجزك|الدفع",
    ),
    "Russian": Wordings(
        asks="ответьте|отправьте|напишите|пришлите|введите|отправить|ответить|отписка:? ?stop",
        words="stop|unsubscribe|стоп",
        sure="отписаться|отписки|отписка|отказаться от|отказа от|не получать|прекратить рассылку",
        common="отменить|отмены|остановить|прекратить|отказа|завершить",
        denied="не отвечаите|не отправляите|не работает|не нужно|нельзя",
        deeds="запись|записи|заказ|заказа|визит|прием|доставку|платеж",
    ),
    "Tagalog": Wordings(
        asks="mag-?reply|i-?reply|mag-?text|i-?text|ipadala|magpadala|sumagot|tumugon|i-?type",
        sure="mag-?unsubscribe|mag-?opt[ -]?out|hindi na (?:makatanggap|tumanggap)|(?:itigil|ihinto|mahinto|matigil) "
        "ang (?:mga |pagtanggap ng )?(?:mensahe|text|paalala|abiso)",
        common="itigil|ihinto|huminto|tumigil|kanselahin",
        denied="huwag|hindi gumagana|hindi maaari|hindi puwede",
        deeds="appointment|order|booking|biyahe|bayad|delivery",
    ),
    "Haitian Creole": Wordings(
        asks="reponn|voye|tape|ekri",
        sure="dezabone|dezenskri|pa resevwa|(?:sispann|kanpe) (?:resevwa )?(?:mesaj|teks|alet)|retire non",
        common="sispann|kanpe|anile|soti",
        denied="pa reponn|pa voye|pa ka",
        deeds="randevou|komand|livrezon|sevis|peman",
    ),
}
"""The wordings of each language, folded when they are first needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patterns:
    asks: re.Pattern[str]
    words: re.Pattern[str]
    sure: re.Pattern[str]
    common: re.Pattern[str]
    denied: re.Pattern[str]
    deeds: re.Pattern[str]


_BORDERS = rf"(?<![^\W{UNSPACED}])(?<!{HIDDEN})(?:{{}})(?![^\W{UNSPACED}]|{HIDDEN})"


def _pattern(words: str, *, spaced: bool) -> re.Pattern[str]:
    """The words, whole where their script has blanks; no alternative repeats anything, so the search is linear."""
    folded = fold(words)
    return re.compile(_BORDERS.format(folded) if spaced else folded)


def _patterns(of: Wordings) -> _Patterns:
    made = {
        field: _pattern(getattr(of, field), spaced=of.spaced or field == "words")
        for field in _Patterns.__slots__
    }
    return _Patterns(**made)


_SENTENCE = re.compile(r"[^.!;\n]+")


@cache
def _compiled() -> tuple[_Patterns, ...]:
    return tuple(_patterns(each) for each in LANGUAGES.values())


def uses_elsewhere(folded: str) -> Iterator[tuple[str, int, Use]]:
    """The revocation words of a text in one of these languages, where they begin, and what they are for."""
    for language in _compiled():
        if not language.asks.search(folded):
            continue
        for sentence in _SENTENCE.finditer(folded):
            word = language.words.search(sentence[0])
            if word is not None:
                yield word[0], sentence.start() + word.start(), _use(language, sentence[0])


def _use(language: _Patterns, sentence: str) -> Use:
    if not language.asks.search(sentence) or language.denied.search(sentence):
        return Use.PASSING
    if language.sure.search(sentence):
        return Use.LEAVING
    if language.common.search(sentence):
        return Use.ELSE if language.deeds.search(sentence) else Use.LEAVING
    return Use.PASSING

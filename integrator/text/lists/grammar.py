"""Words that deny, part and pass: data, folded (ё as е)."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DENIALS = _words("не ни never not cannot cant dont didnt doesnt isnt wasnt wont")
"""Deny the next word of weight."""

NOT_A_DENIAL = _words("только просто менее раз единственный только just only")
"""After a denial these make it an affirmation: "не только дорого"."""

NOT_THERE = _words("нет нету без no without")
"""Say that something is not there: what follows, or what stands before where nothing does."""

PARTING = _words("но а зато однако хотя поэтому потому but because although though however since")
"""Begin another part of a text without a sign before them."""

PASSED = _words(
    "очень слишком так такой такая такие такого такую такое таких такими совсем особо особенно уж уже пока сейчас "
    "вообще еще больше даже никакой никакого никакие никаких никакую никакое и же ли бы то там тут здесь почти прямо "
    "я ты он она оно мы вы они мне меня мной тебе его ее ей ему им их ими нам нас нами вам вас вами него нее ней нему "
    "них ним нем себе себя свой своего свои своей свою своих наш наша наше наши наших нашего нашей нашу нашим нашими "
    "ваш ваша ваше ваши ваших вашего вашей вашу этот эта это эти этого этой эту этих этом весь вся все всех too very "
    "so that really quite much any our their his her my your the a an to be been with at all for in of on this"
)
"""Pass a denial on to what follows."""

PREPOSITIONS = _words("в во из с со у на по за к ко о об от до для при про под над через из-за ради")

ABSENT = _words(
    "отсутствовать отсутствие нехватка недостаток недостаточно недостаточный нету дефицит lack lacking lacks shortage"
)
"""Say that what stands near them is not there."""

WANTING = _words(
    "хватать хватить быть оказаться остаться иметь иметься найтись найти находить предусмотреть заложить выделить "
    "выделять дать давать получить предоставить предлагать предложить обнаружить видеть видать have has had get got "
    "enough offer give gave"
)
"""Denied, these say the same."""

REASONS = _words("дело причина проблема вопрос беда загвоздка")
"""Beside "не в" and "не по" these say what is not the reason."""

"""The portal's own lists and words: people, reasons, field ids, names. All of it is made up."""

from __future__ import annotations

from connectors.demo.model import User

ADMIN, HEAD = 1, 7
USERS = (
    User(ADMIN, "Система", "Интеграция", "Администратор портала", admin=True),
    User(HEAD, "Марина", "Орлова", "Руководитель отдела продаж", admin=True),
    User(11, "Иван", "Соколов", "Менеджер по продажам"),
    User(12, "Ольга", "Белова", "Менеджер по продажам"),
    User(13, "Тимур", "Ахметов", "Менеджер по продажам"),
    User(14, "Елена", "Кравцова", "Менеджер по продажам"),
    User(15, "Пётр", "Лисицын", "Менеджер по продажам"),
    User(16, "Денис", "Громов", "Менеджер по продажам", active=False),
    User(17, "Анна", "Мельник", "Менеджер по продажам"),
    User(18, "Вера", "Чижова", "Менеджер по продажам"),
)
# She has a few clients and leaves after the CRMs were first read: `later`.
LEAVER = 18
MANAGERS = (11, 12, 13, 14, 15, 16, 17)
# How much of the base each has, and how many refusals: a base is never shared out evenly.
WEIGHTS = (22, 20, 16, 15, 12, 5, 10)

# key: (id in both CRMs, name, canonical reason or None where the portal's own name maps to nothing)
REASONS: dict[str, tuple[int, str, str | None]] = {
    "price": (701, "Дорого", "price_high"),
    "budget": (702, "Нет бюджета", "no_budget"),
    "supplier": (703, "Уже есть поставщик", "has_supplier"),
    "unplanned": (704, "Покупка не запланирована", "purchase_not_planned"),
    "range": (705, "Нет нужного товара", "product_mismatch"),
    "interest": (706, "Нет интереса", "not_interested"),
    "terms": (707, "Не устроили сроки поставки", "delivery_terms"),
    "decider": (708, "Не вышли на того, кто решает", "not_decision_maker"),
    "trust": (709, "Не доверяют нам", "no_trust"),
    "value": (710, "Не увидели пользы", "value_not_shown"),
    "urgency": (711, "Не срочно", "no_urgency"),
    "service": (712, "Недовольны обслуживанием", "poor_service"),
    "forgotten": (713, "Мы пропали", "neglect"),
    "competitor": (714, "Ушли к конкуренту", "competitor_offer"),
    "quality": (715, "Не устроило качество", "quality"),
    "closed": (716, "Закрыли бизнес", "closed_business"),
    "law": (717, "Юридическое ограничение", "legal"),
    "other": (718, "Другое", "other"),
    "off_target": (719, "Нецелевой", None),
    "looking": (720, "Просто посмотреть", None),
    "frozen": (721, "Заморозили проект", None),
}
SUB_REASONS = {
    "дешевле": "cheaper",
    "лучше качество": "better_quality",
    "шире ассортимент": "wider_range",
    "быстрее возят": "faster_delivery",
}

# Ids of amoCRM's custom fields: a field of contacts is never that of companies.
QUARTER_VOLUME = {"company": 8801, "contact": 8811}
BLACKLISTED = {"company": 8802, "contact": 8812}
REASON_TEXT, SUB_REASON, DEAL_SOURCE, PLANNED_ON = 8803, 8804, 8809, 8810
REGION = {"company": 8806, "contact": 8816}
INDUSTRY = {"company": 8807, "contact": 8817}
NEED_ON = {"company": 8808, "contact": 8818}
PARTNER = {"company": 8805, "contact": 8815}
COMPLAINT = {"company": 8823, "contact": 8824}
VERIFIED_ON = {"company": 8825, "contact": 8826}
MARGIN, REFERRER = 8827, 8828
PHONE_FIELD, EMAIL_FIELD = 8821, 8822

# Prices in roubles for a pound of the invoices: amoCRM's price is an integer, and round figures are easier to follow.
ROUBLES_PER_POUND = 100

REGIONS = {
    "United Kingdom": "Великобритания", "France": "Франция", "Germany": "Германия", "Switzerland": "Швейцария",
    "Poland": "Польша", "Italy": "Италия", "Cyprus": "Кипр", "Australia": "Австралия", "Finland": "Финляндия",
    "EIRE": "Ирландия", "Belgium": "Бельгия", "Netherlands": "Нидерланды", "Japan": "Япония", "Israel": "Израиль",
    "Canada": "Канада", "Spain": "Испания", "United Arab Emirates": "ОАЭ", "Norway": "Норвегия", "Malta": "Мальта",
    "Greece": "Греция", "Channel Islands": "Нормандские острова", "Brazil": "Бразилия",
}  # fmt: skip
HOME_REGION = "Великобритания"
INDUSTRIES = ("Розница", "Кафе и рестораны", "Гостиницы", "Интернет-магазин", "Студия интерьера", "Опт")
# What we sell is of no use there: the demo's configuration says so.
NOT_SERVED = "Автозапчасти"
REFERRAL = "Рекомендация"
SOURCES = ("Сайт", "Звонок", "Рекомендация", "Выставка", "Повторный заказ")
# Bitrix24's own codes for the same.
SOURCE_CODES = {
    "Сайт": "WEB",
    "Звонок": "CALL",
    "Рекомендация": "RECOMMENDATION",
    "Выставка": "TRADE_SHOW",
    "Повторный заказ": "REPEAT_SALE",
}

GROUPS = {1: "Свет", 2: "Посуда", 3: "Текстиль", 4: "Упаковка и праздник"}
PRODUCTS = (
    ("Подсвечник «Сердце»", 1, 255), ("Гирлянда с колокольчиками", 1, 890), ("Фонарь садовый кованый", 1, 1490),
    ("Лампа настольная «Маяк»", 1, 2350), ("Свеча ароматическая", 1, 340), ("Бра латунное", 1, 3100),
    ("Кружка эмалированная", 2, 420), ("Чайник заварочный", 2, 1250), ("Набор для выпечки", 2, 690),
    ("Блюдо для торта трёхъярусное", 2, 1275), ("Доска сервировочная дубовая", 2, 980), ("Банка для печенья", 2, 560),
    ("Плед вязаный", 3, 2900), ("Салфетки льняные", 3, 760), ("Подушка декоративная", 3, 1150),
    ("Фартук кухонный", 3, 830), ("Полотенце вафельное", 3, 390), ("Скатерть жаккардовая", 3, 1990),
    ("Коробка подарочная", 4, 145), ("Лента атласная", 4, 85), ("Бумага крафтовая", 4, 60),
    ("Флажки бумажные", 4, 210), ("Открытка с конвертом", 4, 42), ("Пакет бумажный с ручками", 4, 55),
)  # fmt: skip

ORDERS = (
    "Пополнение полок", "Сезонная закупка", "Подарочные наборы", "Оформление витрины", "Новая коллекция",
    "Оснащение зала", "Пробная партия", "Корпоративные подарки", "Открытие точки", "Годовой договор",
)  # fmt: skip
FIRST_NAMES = (
    "Алексей", "Мария", "Сергей", "Наталья", "Дмитрий", "Светлана", "Андрей", "Юлия", "Михаил", "Татьяна",
    "Николай", "Ирина", "Владимир", "Екатерина", "Роман", "Людмила",
)  # fmt: skip
# Names of one form for men and women, so that any goes with any first name.
LAST_NAMES = (
    "Шевченко", "Коваленко", "Черных", "Дубровских", "Живаго", "Бондаренко", "Кравчук", "Седых", "Ткач", "Мороз",
    "Руденко", "Долгих", "Заяц", "Мицкевич", "Палей", "Гринберг",
)  # fmt: skip
FORMS = ("ООО", "ООО", "ООО", "АО", "ИП")
HEADS = (
    "Вега", "Ромашка", "Северный дом", "Тёплый свет", "Контур", "Альфа", "Лавка", "Медный чайник", "Уют", "Берёзка",
    "Орион", "Причал", "Мастерская", "Белый кит", "Старый город", "Полюс", "Радуга", "Клён", "Маяк", "Терраса",
    "Домовой", "Рябина", "Палитра", "Солнечный круг", "Ярмарка", "Хозяин", "Малахит", "Парус", "Изба", "Лукошко",
)  # fmt: skip
TAILS = (
    "", "Сервис", "Декор", "Трейд", "Маркет", "и партнёры", "Интерьер", "Плюс", "Групп", "Опт", "Подарки", "Юг",
)  # fmt: skip
# What real bases hold and software stumbles over; given to the first clients.
ODD_NAMES = (
    "Кофейня «Ёлки-иголки 🎄»",
    'ООО "Ромашка" имени "Лютика"',
    "Свет & Уют",
    "<b>Лавка</b> 'чудес' \\ склад №1; 100%",
    (
        "Федеральное государственное бюджетное учреждение дополнительного профессионального образования «Центральный "
        "межрегиональный учебно-методический центр повышения квалификации работников розничной торговли, общественного "
        "питания и гостиничного хозяйства имени Н. И. Пирогова», филиал № 14"
    ),
)

from datetime import UTC, datetime

from connectors.emulation.page import CAP, ClientRow, DealRow, Sheet, TaskRow, amount, render

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def deal(number, *tasks, title=None):
    return DealRow(str(number), title or f"Сделка {number}", "ООО", "Новая", "1", "Иван", tasks=tasks)


def task(text, *, done=False, due=NOW, result=""):
    return TaskRow("1", text, due, "Иван", done, result)


def test_open_tasks_come_first():
    html = render(Sheet("amoCRM", "Пример", NOW, [deal(1), deal(2, task("б", done=True)), deal(3, task("а"))]))
    assert html.index("deal-3") < html.index("deal-2") < html.index("deal-1")


def test_a_long_list_is_cut_and_says_so():
    html = render(Sheet("amoCRM", "Пример", NOW, [deal(number) for number in range(CAP + 5)], deals_total=5000))
    assert html.count('id="deal-') == CAP
    assert f"Ещё сделок: {5000 - CAP}." in html


def test_what_people_wrote_is_escaped():
    html = render(
        Sheet("amoCRM", "<b>", NOW, [deal(1, task("<script>alert(1)</script>", result="<i>"), title="<img src=x>")])
    )
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_tasks_say_when_they_are_due_and_what_came_of_them():
    late = task("Позвонить", due=datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    done = task("Встреча", done=True, result="Договорились")
    html = render(Sheet("amoCRM", "П", NOW, clients=[ClientRow("9", "Компания", "ООО Ромашка", "Иван", [late, done])]))
    for text in ("21.11.2026 09:30", "просрочена", "Договорились", "ООО Ромашка", "Компания"):
        assert text in html


def test_sums_are_written_as_in_russian():
    assert amount(1234567) == "1\u00a0234\u00a0567"
    assert amount("1234.5") == "1\u00a0234,50"
    assert amount(None) == ""
    assert amount(0) == "0"

"""The page for people of an emulated CRM: what a manager would see there, tasks first. Plain HTML without scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from jinja2 import Environment, Template

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

CAP = 300

RowT = TypeVar("RowT", "DealRow", "ClientRow")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as shown: who shall do what by when, and what came of it."""

    id: str
    text: str
    due: datetime | None
    responsible: str
    done: bool
    result: str = ""


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal as shown, with the tasks on it."""

    id: str
    title: str
    client: str
    stage: str
    amount: str
    responsible: str
    loss_reason: str = ""
    tasks: Sequence[TaskRow] = ()


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A company or a contact as shown, with the tasks on it; `kind` is the Russian word for it."""

    id: str
    kind: str
    name: str
    responsible: str
    tasks: Sequence[TaskRow] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the page shows. The totals count what the rows leave out too (0: the rows are all there is)."""

    crm: str
    account: str
    now: datetime
    deals: Sequence[DealRow] = ()
    clients: Sequence[ClientRow] = ()
    deals_total: int = 0
    clients_total: int = 0
    tasks_open: int = 0
    tasks_done: int = 0
    notes: Sequence[str] = field(default=())


def render(sheet: Sheet) -> str:
    """The page as HTML; rows with open tasks come first, no more than `CAP` of a kind are shown."""
    deals = _first(sheet.deals)
    clients = _first(sheet.clients)
    return _template().render(
        sheet=sheet,
        deals=deals,
        clients=clients,
        deals_left=max(len(sheet.deals), sheet.deals_total) - len(deals),
        clients_left=max(len(sheet.clients), sheet.clients_total) - len(clients),
    )


def amount(value: float | str | None) -> str:
    """A sum as a Russian reader writes it: groups of three, no kopecks when there are none."""
    if value in (None, ""):
        return ""
    number = float(value or 0)
    text = f"{number:,.0f}" if number == int(number) else f"{number:,.2f}"
    return text.replace(",", "\u00a0").replace(".", ",")


def _first(rows: Sequence[RowT]) -> list[RowT]:
    """Those with open tasks, then those with any, then the rest."""
    return sorted(rows, key=lambda row: (all(task.done for task in row.tasks), not row.tasks))[:CAP]


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["moment"] = lambda value: value.strftime("%d.%m.%Y %H:%M") if value else "без срока"
    return environment.from_string(_HTML)


_HTML = """\
{% macro tasks_of(row) %}
  {% for task in row.tasks|sort(attribute="done") %}
  <div class="task{{ ' done' if task.done else (' late' if task.due and task.due < sheet.now else '') }}">
    <span class="mark" title="{{ 'Выполнена' if task.done else 'Открыта' }}">{{ "✓" if task.done else "○" }}</span>
    <div>
      {% set words = task.text.partition("\n") %}
      <div class="text"><b>{{ words[0] }}</b>{{ words[1] }}{{ words[2] }}</div>
      <div class="meta">{{ task.responsible }} · {{ "выполнена" if task.done else "срок " ~ task.due|moment }}
        {%- if not task.done and task.due and task.due < sheet.now %} · <b>просрочена</b>{% endif %}
        · № {{ task.id }}</div>
      {% if task.result %}<div class="result">{{ task.result }}</div>{% endif %}
    </div>
  </div>
  {% else %}<span class="meta">—</span>
  {% endfor %}
{% endmacro %}
<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ sheet.account }} — {{ sheet.crm }} (эмулятор)</title>
<style>
  :root { color-scheme: light dark; --line: #d9dee5; --soft: #6b7684; --ground: #f5f7f9; --card: #fff; --ink: #1c2430;
          --open: #1f6feb; --late: #c0392b; --done: #2e8b57; }
  @media (prefers-color-scheme: dark) { :root { --line: #303844; --soft: #98a3b1; --ground: #14181e; --card: #1c222a;
          --ink: #e6eaf0; --open: #6ea8fe; --late: #ff8a80; --done: #7bd3a0; } }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
  main { max-width: 1180px; margin: 0 auto; padding: 24px 16px 64px; }
  h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 32px 0 8px; }
  .meta { color: var(--soft); font-size: 13px; }
  .totals { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
  .totals div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 16px;
          min-width: 120px; }
  .totals b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
  .scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: 10px 12px; border-top: 1px solid var(--line); }
  thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: 13px; white-space: nowrap; }
  td.sum { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .task { display: flex; gap: 8px; min-width: 280px; } .task + .task { margin-top: 10px; }
  .task .mark { color: var(--open); font-weight: 700; } .late .mark, .late b { color: var(--late); }
  .done .mark { color: var(--done); } .done .text { color: var(--soft); }
  .text, .result { white-space: pre-line; overflow-wrap: anywhere; }
  .result { border-left: 3px solid var(--done); padding-left: 8px; margin-top: 4px; font-size: 14px; }
  .reason { display: inline-block; font-size: 13px; color: var(--late); }
  @media (max-width: 700px) {
    thead { display: none; } tr { display: block; border-top: 1px solid var(--line); padding: 8px 0; }
    td { display: block; border: 0; padding: 2px 12px; } td:empty { display: none; } td.sum { text-align: left; }
    .task { min-width: 0; margin-top: 6px; }
  }
  .left { padding: 10px 12px; color: var(--soft); border-top: 1px solid var(--line); }
</style>
</head>
<body>
<main>
  <h1>{{ sheet.account }}</h1>
  <div class="meta">{{ sheet.crm }}, местный эмулятор. В нём сейчас {{ sheet.now|moment }} UTC.</div>
  {% for note in sheet.notes %}<div class="meta">{{ note }}</div>{% endfor %}
  <div class="totals">
    <div><b>{{ sheet.tasks_open }}</b>открытых задач</div>
    <div><b>{{ sheet.tasks_done }}</b>выполненных</div>
    <div><b>{{ [sheet.deals|length, sheet.deals_total]|max }}</b>сделок</div>
    <div><b>{{ [sheet.clients|length, sheet.clients_total]|max }}</b>клиентов</div>
  </div>
  <h2>Сделки</h2>
  <div class="scroll"><table>
    <thead><tr><th>№</th><th>Сделка</th><th>Этап</th><th>Сумма</th><th>Ответственный</th><th>Задачи</th></tr></thead>
    <tbody>
    {% for deal in deals %}
    <tr id="deal-{{ deal.id }}">
      <td class="meta">{{ deal.id }}</td>
      <td>{{ deal.title or "Без названия" }}<div class="meta">{{ deal.client }}</div></td>
      <td>{{ deal.stage }}{% if deal.loss_reason %}<div class="reason">{{ deal.loss_reason }}</div>{% endif %}</td>
      <td class="sum">{{ deal.amount }}</td><td>{{ deal.responsible }}</td><td>{{ tasks_of(deal) }}</td>
    </tr>
    {% else %}<tr><td colspan="6" class="meta">Сделок нет.</td></tr>
    {% endfor %}
    </tbody>
  </table>
  {% if deals_left %}
  <div class="left">Ещё сделок: {{ deals_left }}. Они есть в API, но здесь не показаны.</div>
  {% endif %}
  </div>
  <h2>Клиенты</h2>
  <div class="scroll"><table>
    <thead><tr><th>№</th><th>Клиент</th><th>Ответственный</th><th>Задачи</th></tr></thead>
    <tbody>
    {% for client in clients %}
    <tr id="client-{{ client.id }}">
      <td class="meta">{{ client.id }}</td>
      <td>{{ client.name or "Без имени" }}<div class="meta">{{ client.kind }}</div></td>
      <td>{{ client.responsible }}</td><td>{{ tasks_of(client) }}</td>
    </tr>
    {% else %}<tr><td colspan="4" class="meta">Клиентов нет.</td></tr>
    {% endfor %}
    </tbody>
  </table>
  {% if clients_left %}
  <div class="left">Ещё клиентов: {{ clients_left }}. Они есть в API, но здесь не показаны.</div>
  {% endif %}
  </div>
</main>
</body>
</html>
"""

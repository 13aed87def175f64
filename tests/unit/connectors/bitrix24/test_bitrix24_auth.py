import pytest
import responses

from connectors.bitrix24.auth import Denied, MissingScope, Resting, classify, open_portal, seconds_until_reset
from connectors.bitrix24.connector import Bitrix24Connector
from connectors.bitrix24.portal import Portal
from connectors.http import Answer, Refused
from connectors.limits import MemoryBudgets
from integrator.domain import EntityKind
from integrator.errors import AuthError, ConnectorError, NotFoundError, OutcomeUnknown, PermanentError, RetryableError
from integrator.ports import PortalSettings

BASE = "https://example.bitrix24.ru"
SECRET = "abc123def"


def settings(**secrets):
    return PortalSettings("shop", BASE, secrets or {"webhook": f"1/{SECRET}"})


@pytest.fixture
def connector(clock):
    made = Bitrix24Connector(settings(), MemoryBudgets(), clock)
    yield made
    made.close()


def answered(status, code, text="", **more):
    return Answer(status, True, {"error": code, "error_description": text, **more}, text)


@pytest.mark.parametrize("written", ["1/abc123", "/1/abc123/", "rest/1/abc123", f"{BASE}/rest/1/abc123/", " 1/abc123 "])
def test_a_webhook_may_be_written_as_the_portal_shows_it(written):
    address, credentials, user = open_portal(settings(webhook=written))
    assert (address, user) == (f"{BASE}/rest/1/abc123", 1)
    assert "abc123" not in repr(credentials)


@pytest.mark.parametrize("written", ["abc123", "1/", "x/abc", "1/abc/crm.deal.list"])
def test_a_webhook_without_user_or_secret_is_refused_unseen(written):
    with pytest.raises(AuthError, match="not of the form") as caught:
        open_portal(settings(webhook=written))
    assert "abc" not in str(caught.value).replace("1/abc123", "")


def test_an_applications_token_goes_into_the_header():
    address, credentials, user = open_portal(settings(access_token="t0ken"))
    assert (address, user) == (f"{BASE}/rest", None)
    assert credentials.apply is not None
    request = type("Request", (), {"headers": {}})()
    assert credentials.apply(request).headers == {"Authorization": "Bearer t0ken"}


def test_nothing_configured_says_so():
    with pytest.raises(AuthError, match="neither a webhook nor"):
        open_portal(PortalSettings("shop", BASE, {}))


@pytest.mark.parametrize(
    ("status", "code", "text", "kind"),
    [
        (503, "QUERY_LIMIT_EXCEEDED", "Too many requests", Refused),
        (429, "OPERATION_TIME_LIMIT", "Method is blocked", Resting),
        (503, "OVERLOAD_LIMIT", "REST API is blocked", Resting),
        (401, "NO_AUTH_FOUND", "Wrong authorization data", AuthError),
        (401, "INVALID_CREDENTIALS", "x", AuthError),
        (403, "INVALID_CREDENTIALS", "x", AuthError),
        (401, "expired_token", "x", AuthError),
        (403, "insufficient_scope", "x", MissingScope),
        (401, "never_seen", "x", AuthError),
        (403, "ACCESS_DENIED", "REST is available only on commercial plans.", AuthError),
        (400, "ACCESS_DENIED", "Access denied!", Denied),
        (500, "PORTAL_DELETED", "Portal was deleted", AuthError),
        (403, "PORTAL_DELETED", "Portal was deleted", AuthError),
        (400, "INVALID_REQUEST", "Https required.", AuthError),
        (400, "", "Not found", NotFoundError),
        (400, "ERROR_NOT_FOUND", "", NotFoundError),
        (400, "OWNER_NOT_FOUND", "Owner was not found.", NotFoundError),
        (400, "", "Access denied.", Denied),
        (400, 100, "Could not find value for parameter {id}", PermanentError),
        (400, 0, "", PermanentError),
        (200, "WRONG_ENCODING", "Wrong request encoding", PermanentError),
        (200, "wrong_client", "x", PermanentError),
    ],
)
def test_the_code_decides_and_not_the_status(status, code, text, kind):
    assert type(classify(answered(status, code, text))) is kind


def test_a_failure_of_the_server_is_left_to_its_status():
    assert classify(answered(500, "INTERNAL_SERVER_ERROR", "x")) is None
    assert classify(answered(502, "", "x")) is None


def test_a_success_is_left_alone():
    assert classify(Answer(200, True, {"result": []}, "")) is None
    assert classify(Answer(502, False, None, "<html>")) is None


def test_an_html_line_break_is_not_shown():
    error = classify(answered(400, "ERROR_CORE", "Title is missing<br>"))
    assert str(error) == "Bitrix24 refuses: ERROR_CORE: Title is missing"


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ({"finish": 1000.0, "operating_reset_at": 1060}, 60),
        ({"start": 1000.0, "operating_reset_at": "1060"}, 60),
        ({"start": 0.5, "operating_reset_at": "1970-01-01T00:00:10.5+00:00"}, 10),
        ({"finish": 1000.0, "operating_reset_at": 900}, 1),
        ({"finish": 1000.0, "operating_reset_at": "soon"}, None),
        ({"finish": 1000.0}, None),
        ([], None),
    ],
)
def test_when_a_method_may_be_called_again(time, seconds):
    assert seconds_until_reset(time) == seconds


def test_a_renamed_portal_is_not_followed_and_names_its_new_host(connector):
    with responses.RequestsMock() as crm:
        crm.post(
            f"{BASE}/rest/1/{SECRET}/crm.currency.list",
            status=302,
            headers={"Location": f"https://new.bitrix24.ru/rest/1/{SECRET}/crm.currency.list"},
        )
        with pytest.raises(AuthError, match=r"https://new\.bitrix24\.ru") as caught:
            connector.account()
        assert len(crm.calls) == 1
    assert SECRET not in str(caught.value)


def test_a_missing_permission_is_named(connector):
    with responses.RequestsMock() as crm:
        crm.post(
            f"{BASE}/rest/1/{SECRET}/tasks.task.update",
            status=401,
            json={"error": "insufficient_scope", "error_description": "higher privileges"},
        )
        with pytest.raises(AuthError, match="`task`"):
            connector._portal.write("tasks.task.update", {})


def test_too_many_requests_are_waited_out(connector, clock):
    url = f"{BASE}/rest/1/{SECRET}/crm.currency.list"
    with responses.RequestsMock() as crm:
        crm.post(url, status=503, json={"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"})
        crm.post(url, json={"result": [{"CURRENCY": "RUB", "BASE": "Y", "AMOUNT": "1", "AMOUNT_CNT": "1"}], "time": {}})
        assert connector.account().currency == "RUB"
    assert clock.passed >= 1


def test_a_resting_method_is_not_hammered(connector):
    url = f"{BASE}/rest/1/{SECRET}/crm.currency.list"
    with responses.RequestsMock() as crm:
        crm.post(
            url, status=429, json={"error": "OPERATION_TIME_LIMIT", "time": {"finish": 10, "operating_reset_at": 400}}
        )
        with pytest.raises(RetryableError) as caught:
            connector.account()
        assert len(crm.calls) == 1
    assert caught.value.retry_after == 390


def test_no_error_shows_the_secret(connector):
    with responses.RequestsMock() as crm:
        crm.post(
            f"{BASE}/rest/1/{SECRET}/crm.currency.list",
            status=400,
            json={"error": "X", "error_description": f"/rest/1/{SECRET}/ is wrong"},
        )
        with pytest.raises(ConnectorError) as caught:
            connector.account()
    assert SECRET not in str(caught.value)
    assert SECRET not in str(caught.value.answer)


def test_a_lost_answer_to_a_write_is_an_unknown_outcome(connector):
    with responses.RequestsMock() as crm:
        crm.post(f"{BASE}/rest/1/{SECRET}/crm.timeline.comment.add", status=502, body="<html>")
        with pytest.raises(OutcomeUnknown):
            connector.add_note(EntityKind.DEAL, 1, "text")
        assert len(crm.calls) == 1


def test_a_pause_too_long_to_sit_out_is_the_callers(clock):
    portal = Portal(None, clock)
    portal.wait_out(Resting("x", 30))
    assert clock.passed == 30
    with pytest.raises(Resting):
        portal.wait_out(Resting("x", 300))
    with pytest.raises(AuthError):
        portal.wait_out(AuthError("x"))

"""The fields of each kind of row: what a filter may name, what may be written, how `crm.item.*` calls them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from connectors.bitrix24.emulator.filters import Column

if TYPE_CHECKING:
    from collections.abc import Mapping

# One field a word: NAME:kind[:flags]; r read-only, i immutable, m multiple, * required.
_COMMON = (
    "CREATED_BY_ID:user:r MODIFY_BY_ID:user:r DATE_CREATE:datetime:r DATE_MODIFY:datetime:r ASSIGNED_BY_ID:user "
    "OPENED:char COMMENTS:string ORIGINATOR_ID:string ORIGIN_ID:string UTM_SOURCE:string UTM_MEDIUM:string "
    "UTM_CAMPAIGN:string UTM_CONTENT:string UTM_TERM:string LAST_ACTIVITY_TIME:datetime:r LAST_ACTIVITY_BY:user:r "
)
_PERSON = (
    "HAS_PHONE:char:r HAS_EMAIL:char:r HAS_IMOL:char:r PHONE:crm_multifield:m EMAIL:crm_multifield:m "
    "WEB:crm_multifield:m IM:crm_multifield:m "
)
_ADDRESS = (
    "ADDRESS:string ADDRESS_2:string ADDRESS_CITY:string ADDRESS_POSTAL_CODE:string ADDRESS_REGION:string "
    "ADDRESS_PROVINCE:string ADDRESS_COUNTRY:string ADDRESS_COUNTRY_CODE:string ADDRESS_LOC_ADDR_ID:integer "
)
_MONEY = "CURRENCY_ID:crm_currency OPPORTUNITY:double IS_MANUAL_OPPORTUNITY:char "
_SOURCE = "SOURCE_ID:crm_status SOURCE_DESCRIPTION:string "
_MOVED = "MOVED_BY_ID:user:r MOVED_TIME:datetime:r "

_WORDS = {
    "deal": "ID:integer:r TITLE:string TYPE_ID:crm_status CATEGORY_ID:crm_category:i STAGE_ID:crm_status "
    "STAGE_SEMANTIC_ID:string:r IS_NEW:char:r IS_RECURRING:char IS_RETURN_CUSTOMER:char IS_REPEATED_APPROACH:char "
    "PROBABILITY:integer TAX_VALUE:double COMPANY_ID:crm_company CONTACT_ID:crm_contact CONTACT_IDS:crm_contact:m "
    "QUOTE_ID:crm_quote:r BEGINDATE:date CLOSEDATE:date CLOSED:char LEAD_ID:crm_lead:r ADDITIONAL_INFO:string "
    "LOCATION_ID:location " + _MONEY + _SOURCE + _MOVED + _COMMON,
    "lead": "ID:integer:r TITLE:string HONORIFIC:crm_status NAME:string SECOND_NAME:string LAST_NAME:string "
    "BIRTHDATE:date COMPANY_TITLE:string STATUS_ID:crm_status STATUS_DESCRIPTION:string STATUS_SEMANTIC_ID:string:r "
    "POST:string COMPANY_ID:crm_company CONTACT_ID:crm_contact CONTACT_IDS:crm_contact:m IS_RETURN_CUSTOMER:char "
    "DATE_CLOSED:datetime:r " + _MONEY + _SOURCE + _MOVED + _ADDRESS + _PERSON + _COMMON,
    "contact": "ID:integer:r HONORIFIC:crm_status NAME:string SECOND_NAME:string LAST_NAME:string PHOTO:file "
    "BIRTHDATE:date TYPE_ID:crm_status POST:string EXPORT:char FACE_ID:integer COMPANY_ID:crm_company "
    "COMPANY_IDS:crm_company:m LEAD_ID:crm_lead:r ORIGIN_VERSION:string " + _SOURCE + _ADDRESS + _PERSON + _COMMON,
    "company": "ID:integer:r TITLE:string:* COMPANY_TYPE:crm_status LOGO:file BANKING_DETAILS:string "
    "INDUSTRY:crm_status EMPLOYEES:crm_status CURRENCY_ID:crm_currency REVENUE:double IS_MY_COMPANY:char "
    "LEAD_ID:crm_lead:r CONTACT_ID:crm_contact:m ORIGIN_VERSION:string ADDRESS_LEGAL:string REG_ADDRESS:string "
    "REG_ADDRESS_CITY:string LAST_COMMUNICATION_TIME:string:r " + _ADDRESS + _PERSON + _COMMON,
    "activity": "ID:integer:r OWNER_ID:integer:i OWNER_TYPE_ID:integer:i TYPE_ID:string:i* PROVIDER_ID:string "
    "PROVIDER_TYPE_ID:string PROVIDER_GROUP_ID:string ASSOCIATED_ENTITY_ID:integer:r SUBJECT:string:* "
    "CREATED:datetime:r LAST_UPDATED:datetime:r START_TIME:datetime END_TIME:datetime DEADLINE:datetime "
    "COMPLETED:char STATUS:integer  RESPONSIBLE_ID:user:* PRIORITY:integer NOTIFY_TYPE:integer "
    "NOTIFY_VALUE:integer DESCRIPTION:string  DESCRIPTION_TYPE:integer DIRECTION:integer LOCATION:string "
    "SETTINGS:object ORIGINATOR_ID:string ORIGIN_ID:string  AUTHOR_ID:user:r EDITOR_ID:user:r "
    "PROVIDER_PARAMS:object PROVIDER_DATA:string RESULT_MARK:integer  RESULT_VALUE:double "
    "RESULT_SUM:double RESULT_CURRENCY_ID:string RESULT_STATUS:integer RESULT_STREAM:integer "
    "RESULT_SOURCE_ID:string AUTOCOMPLETE_RULE:integer BINDINGS:object:m",
    "user": "ID:integer:r ACTIVE:boolean NAME:string LAST_NAME:string SECOND_NAME:string EMAIL:string XML_ID:string "
    "LAST_LOGIN:datetime:r DATE_REGISTER:datetime:r TIME_ZONE:string IS_ONLINE:char:r TIMESTAMP_X:datetime:r "
    "LAST_ACTIVITY_DATE:datetime:r PERSONAL_GENDER:string PERSONAL_WWW:string PERSONAL_BIRTHDAY:datetime "
    "PERSONAL_MOBILE:string PERSONAL_CITY:string WORK_PHONE:string WORK_POSITION:string UF_EMPLOYMENT_DATE:string "
    "UF_DEPARTMENT:integer:m USER_TYPE:string IS_ADMIN:boolean",
    "department": "ID:integer:r NAME:string SORT:integer PARENT:integer UF_HEAD:user",
    "status": "ID:integer:r ENTITY_ID:string:i* STATUS_ID:string:i* NAME:string:* NAME_INIT:string SORT:integer "
    "SYSTEM:char:r CATEGORY_ID:crm_category COLOR:string SEMANTICS:string EXTRA:object",
    "userfield": "ID:integer:r ENTITY_ID:string:i FIELD_NAME:string:i USER_TYPE_ID:string:i XML_ID:string "
    "SORT:integer MULTIPLE:char MANDATORY:char SHOW_FILTER:char SHOW_IN_LIST:char EDIT_IN_LIST:char LANG:string",
    "product": "ID:integer:r NAME:string:* CODE:string ACTIVE:char SORT:integer PRICE:double CURRENCY_ID:crm_currency "
    "SECTION_ID:integer CATALOG_ID:integer XML_ID:string MEASURE:integer DATE_CREATE:datetime:r TIMESTAMP_X:datetime:r "
    "MODIFIED_BY:user:r CREATED_BY:user:r VAT_ID:integer VAT_INCLUDED:char DESCRIPTION:string",
    "productsection": "ID:integer:r CATALOG_ID:integer SECTION_ID:integer NAME:string:* XML_ID:string CODE:string",
    "productrow": "ID:integer:r OWNER_ID:integer OWNER_TYPE:string PRODUCT_ID:integer PRODUCT_NAME:string "
    "ORIGINAL_PRODUCT_NAME:string PRICE:double QUANTITY:double SORT:integer",
    "comment": "ID:integer:r ENTITY_ID:integer ENTITY_TYPE:string CREATED:datetime:r COMMENT:string AUTHOR_ID:user",
    "stagehistory": "ID:integer:r TYPE_ID:integer:r OWNER_ID:integer:r CREATED_TIME:datetime:r CATEGORY_ID:integer:r "
    "STAGE_SEMANTIC_ID:string:r STAGE_ID:string:r STATUS_SEMANTIC_ID:string:r STATUS_ID:string:r",
    "category": "id:integer:r name:string sort:integer entityTypeId:integer isDefault:char originId:string "
    "originatorId:string",
    "task": "id:integer:r parentId:integer title:string:* description:string mark:string priority:integer "
    "stageId:integer createdBy:user createdDate:datetime responsibleId:user:* changedBy:user changedDate:datetime "
    "statusChangedBy:user statusChangedDate:datetime closedBy:user closedDate:datetime activityDate:datetime "
    "dateStart:datetime deadline:datetime startDatePlan:datetime endDatePlan:datetime guid:string xmlId:string "
    "allowChangeDeadline:char allowTimeTracking:char taskControl:char status:integer subStatus:integer groupId:integer "
    "auditors:integer:m accomplices:integer:m ufCrmTask:string:m tags:string favorite:char siteId:string "
    "forumTopicId:integer flowId:integer",
}
MULTIFIELDS = frozenset({"PHONE", "EMAIL", "WEB", "IM"})
# Listed among the fields, never among the values [documented for CONTACT_IDS].
NEVER_RETURNED = frozenset({"CONTACT_IDS", "COMPANY_IDS"})
# The names of `crm.item.*` that are not the camel case of the legacy ones.
_ITEM_NAMES = {
    "DATE_CREATE": "createdTime",
    "DATE_MODIFY": "updatedTime",
    "CREATED_BY_ID": "createdBy",
    "MODIFY_BY_ID": "updatedBy",
    "MOVED_BY_ID": "movedBy",
}
_ITEM_NAMES_OF = {
    "lead": {"STATUS_ID": "stageId", "STATUS_SEMANTIC_ID": "stageSemanticId"},
    "company": {"COMPANY_TYPE": "typeId"},
}
ENTITY_TYPES = {1: "lead", 2: "deal", 3: "contact", 4: "company"}
STATUS_TYPES = {
    "TYPE_ID": "DEAL_TYPE", "STAGE_ID": "DEAL_STAGE", "STATUS_ID": "STATUS", "SOURCE_ID": "SOURCE",
    "HONORIFIC": "HONORIFIC", "COMPANY_TYPE": "COMPANY_TYPE", "INDUSTRY": "INDUSTRY", "EMPLOYEES": "EMPLOYEES",
}  # fmt: skip
_PARENTS = {"crm_lead": 1, "crm_company": 4, "crm_quote": 7}
# What a user field of this type compares as.
_UF_KINDS = {"integer": "integer", "double": "double", "boolean": "boolean", "date": "date", "datetime": "datetime"}
_TAIL = re.compile(r"^UF_CRM_(\d.*)$")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind of row."""

    name: str
    kind: str
    read_only: bool = False
    immutable: bool = False
    multiple: bool = False
    required: bool = False

    def described(self) -> dict[str, Any]:
        """The descriptor that `*.fields` answers."""
        told: dict[str, Any] = {
            "type": self.kind,
            "isRequired": self.required,
            "isReadOnly": self.read_only,
            "isImmutable": self.immutable,
            "isMultiple": self.multiple,
            "isDynamic": self.name.startswith("UF_"),
        }
        if self.kind == "crm_status" and self.name in STATUS_TYPES:
            told["statusType"] = STATUS_TYPES[self.name]
        if self.kind in _PARENTS and not self.multiple:
            told["settings"] = {"parentEntityTypeId": _PARENTS[self.kind]}
        if self.name == "CONTACT_ID" and not self.multiple:
            told["isDeprecated"] = True
        return {**told, "title": self.name.replace("_", " ").capitalize()}


@lru_cache(maxsize=64)
def fields(kind: str) -> Mapping[str, Field]:
    """The built-in fields of a kind of row, by name."""
    found = {}
    for word in _WORDS[kind].split():
        name, of, *flags = word.split(":")
        flag = flags[0] if flags else ""
        found[name] = Field(name, of, "r" in flag, "i" in flag, "m" in flag, "*" in flag)
    return found


def user_field(described: Mapping[str, Any]) -> Field:
    """A field that the portal's people added, from its description."""
    kind = str(described.get("USER_TYPE_ID") or "string")
    return Field(
        str(described["FIELD_NAME"]),
        _UF_KINDS.get(kind, kind),
        multiple=described.get("MULTIPLE") == "Y",
        required=described.get("MANDATORY") == "Y",
    )


def column(field: Field) -> Column:
    """How a filter compares the field."""
    return Column(field.name, field.kind)


@lru_cache(maxsize=4096)
def item_name(kind: str, name: str) -> str:
    """What `crm.item.*` calls a legacy field."""
    own = _ITEM_NAMES_OF.get(kind, {}).get(name) or _ITEM_NAMES.get(name)
    if own is not None:
        return own
    tail = _TAIL.match(name)
    return f"ufCrm_{tail.group(1)}" if tail else camel(name)


@lru_cache(maxsize=4096)
def camel(name: str) -> str:
    """`STAGE_ID` as `stageId`."""
    head, *rest = name.lower().split("_")
    return head + "".join(part.capitalize() for part in rest)

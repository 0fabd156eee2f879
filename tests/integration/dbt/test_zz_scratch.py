import datetime as dt
from pydantic import SecretStr
from lake.settings import Settings
from tests.support.warehouse import Warehouse
def test_ut(tmp_path):
    s=Settings(lake=tmp_path/"lake", key=SecretStr("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="))
    w=Warehouse(s, tmp_path/"b"/"b.duckdb", dt.date(2025,9,30)).create()
    w.prepare()
    w.insert("actions__events",[
      dict(action_id="a1",sequence_no=1,kind_code="open_item",subject_type_code="item",subject_id="r|C1",version=1,about_type_code="customer",about_id="C1",rule_id="care_plan_low_ratings",item_id="a1",state_code="open",is_effective=True,is_closing=False,payload='{"rule_version":1,"severity_code":"high","opened_on":"2025-09-01","due_on":"2025-09-05","told":{"zh":"a","en":"b"},"value_at_risk_amount":"12.5","evidence":{"x":1},"owner_id":"RM"}',done_by="rules",done_at=dt.datetime(2025,9,1)),
      dict(action_id="a2",sequence_no=2,kind_code="acknowledge_item",subject_type_code="item",subject_id="r|C1",version=2,about_type_code="customer",about_id="C1",rule_id="care_plan_low_ratings",item_id="a1",state_code="acknowledged",is_effective=True,is_closing=False,payload='{}',done_by="Li",done_at=dt.datetime(2025,9,1,6)),
    ])
    w.dbt("build","--select","+mart_action_item","+fct_forecast_override","+mart_rating_sequence","+fct_milestone")
    print(w.row("select * from marts.mart_action_item"))
    print(len(w.results), [r.node.name for r in w.results if "unit" in r.node.resource_type])

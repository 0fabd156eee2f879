"""What a reader does on the pages of supply, money, service and devices."""

import duckdb
import pytest

from tests.support.published import publish_company


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


@pytest.mark.parametrize(("scope", "rows"), [("risk", 5), ("idle", 1), ("stock", 6)])
def test_positions_by_scope(open_page, scope, rows):
    app = open_page("supply", "en")
    app.segmented_control(key="supply_scope").set_value(scope).run()
    assert not app.exception
    assert rows in {table.value.shape[0] for table in app.dataframe}
    app.selectbox(key="supply_warehouse").set_value("W2").run()
    assert not app.exception


def test_orders_that_are_stuck_are_listed_with_why(open_page):
    app = open_page("supply", "en")
    assert "Which orders are stuck" in bodies(app)
    stuck = next(table.value for table in app.dataframe if "stuck_reason_code" in table.value.columns)
    assert stuck["stuck_reason_code"].to_list() == ["not in the WMS", "not in the WMS"]
    assert "A-100" in str(app.dataframe[0].value)


def test_a_projects_cost_goes_down_to_the_work_order_and_adds_up(open_page):
    app = open_page("money", "en")
    app.selectbox(key="money_project").set_value("P1").run()
    assert not app.exception
    cost = next(table.value for table in app.dataframe if "work_order_kind_code" in table.value.columns)
    assert cost["reporting_amount"].sum() == 12 * (5_000_000 + 1_900_000)
    assert cost.filter(items=["work_order_id"]).dropna()["work_order_id"].to_list() == ["WO-1"]


def test_an_address_opens_a_projects_money(open_page):
    app = open_page("money", "en")
    app.query_params["project"] = "P2"
    app.run()
    assert app.selectbox(key="money_project").value == "P2"


@pytest.mark.parametrize("period", ["month", "quarter"])
def test_profit_and_loss_by_period_marks_what_was_restated(open_page, period):
    app = open_page("money", "zh")
    app.segmented_control(key="money_period").set_value(period).run()
    assert not app.exception
    statement = next(table.value for table in app.dataframe if "period_name" in table.value.columns)
    assert len(statement) == (12 if period == "month" else 4)
    if period == "month":
        restated = statement[statement["period_name"] == "2025年3月"].iloc[0]
        assert (restated["is_restated"], restated["gross_margin_difference_amount"]) == ("▲ 重述", -15_000)


def test_each_queue_of_finance(open_page):
    app = open_page("money", "en")
    assert app.segmented_control(key="money_queue").options == ["Expenses 2", "Invoices 1"]
    app.segmented_control(key="money_queue").set_value("invoice").run()
    assert not app.exception
    assert any("belongs to nothing" in table.value.to_string() for table in app.dataframe)


@pytest.mark.parametrize("measure", ["sla", "first_pass", "csat", "complaints"])
def test_each_measure_of_service_by_each_dimension(open_page, measure):
    app = open_page("service", "zh")
    app.segmented_control(key="service_measure").set_value(measure).run()
    for dimension in ("crew", "stage"):
        app.selectbox(key="service_dimension").set_value(dimension).run()
        assert not app.exception
    assert "滨江地产" in "".join(table.value.to_string() for table in app.dataframe)


def test_a_publication_without_sites_has_no_map_but_a_page(open_page, tmp_path, monkeypatch):
    from tests.support import published

    columns = {name: kinds for name, kinds in published.mart_columns().items() if name != "dim_site"}
    rows = {
        table: content for table, content in published.company_rows().items() if table != "marts.dim_site"
    }
    with monkeypatch.context() as patch:
        patch.setattr(published, "mart_columns", lambda: columns)
        published.publish_company(tmp_path / "lake", rows=rows)
    app = open_page("service", "en", is_published=False)
    assert not app.exception
    assert "No work at a site with coordinates" in bodies(app)
    assert "2 of 8 open work orders" in bodies(app)


@pytest.mark.parametrize("what", ["uptime", "energy", "reporting", "coverage"])
def test_each_course_of_devices(open_page, what):
    app = open_page("devices", "en")
    app.segmented_control(key="devices_course").set_value(what).run()
    assert not app.exception


def test_one_device_and_its_metrics(open_page):
    app = open_page("devices", "en")
    assert "No diagnosis yet" in bodies(app)
    app.selectbox(key="devices_choice").set_value("D0").run()
    assert "This device has no readings." in [each.value for each in app.caption]
    app.selectbox(key="devices_choice").set_value("D1").run()
    app.selectbox(key="devices_metric").set_value("supply_air_c").run()
    assert not app.exception
    app.text_input(key="devices_search").set_value("no such device").run()
    assert "Nothing matches the filter" in bodies(app)


def test_the_newest_reports_are_offered_in_both_languages_and_all_formats(open_page, tmp_path):
    folder = tmp_path / "lake" / "reports"
    folder.mkdir(parents=True)
    for name in ("profit-2025-07-v1", "profit-2025-08-v1", "profit-2025-08-v2", "profit-2025-Q2-v1"):
        for language in ("zh", "en"):
            for ending in ("html", "pdf", "xlsx"):
                (folder / f"{name}.{language}.{ending}").write_bytes(name.encode())
    app = open_page("money", "en")
    assert not app.exception
    assert "Profit and loss · Aug 2025 · version 2" in bodies(app)
    assert "2025 Q2" in bodies(app)
    offered = [each.proto.label for each in app.get("download_button")]
    assert [offered.count(ending) for ending in ("HTML", "PDF")] == [4, 4]


def test_the_diagnosis_of_devices_reads_in_words(open_page, tmp_path):
    publish_company(tmp_path / "lake")
    with duckdb.connect(str(tmp_path / "lake" / "published" / "night-2025-09-30.duckdb")) as con:
        con.execute(
            "create or replace table ml.ml_device_risk as select 'D9' as device_id,"
            " date '2025-09-30' as as_of_on,"
            " 'wear_only' as method_code, date '2025-09-30' as last_read_on, 2.5 as wear_index,"
            " 0.71 as anomaly_score_share, 'filter_clogged' as fault_code,"
            " 'filter_pressure_pa' as fault_metric_code, null::double as failure_probability_share,"
            " null::bigint as failure_p10_days, null::bigint as failure_p50_days,"
            " null::bigint as failure_p90_days, 0 as reference_count, false as is_silent,"
            " false as has_open_work, true as is_suggested"
        )
    app = open_page("devices", "zh", is_published=False)
    assert not app.exception
    table = next(each.value for each in app.dataframe if "device_fault" in each.value.columns)
    assert table["device_fault"].to_list() == ["滤网堵塞"]
    assert "failure_p50_days" not in table.columns

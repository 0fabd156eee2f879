"""New York's school construction: phases as milestones, and projects, schools and buildings out of them."""

from collections.abc import Callable

import pytest

from tests.integration.companies.conftest import LoadedCompany, assert_row_equation


@pytest.fixture(scope="module")
def schools(loaded: Callable[[str], LoadedCompany]) -> LoadedCompany:
    return loaded("nyc_schools")


def test_every_row_is_read_and_enters(schools: LoadedCompany) -> None:
    for load in schools.loads.values():
        assert_row_equation(load)
        assert (load.read, load.quarantined, load.skipped) == (7115, 0, 0)
    assert schools.loads["projects__milestones"].inserted == 7115
    assert schools.raw(
        "select count(*), count(distinct milestone_id) from lake.raw.raw_projects__milestones"
    ) == (
        7115,
        7115,
    )


def test_the_published_counts_come_out(schools: LoadedCompany) -> None:
    started, planned, finished, both, late, overdue = schools.raw(
        """
        select
            count(started_on), count(planned_finish_on), count(finished_on),
            count(*) filter (planned_finish_on is not null and finished_on is not null),
            count(*) filter (finished_on > planned_finish_on),
            count(*) filter (
                started_on is not null and finished_on is null and planned_finish_on < '2025-09-30'
            )
        from lake.raw.raw_projects__milestones
        """
    )
    assert (started, planned, finished, both, late, overdue) == (3865, 2735, 2109, 2065, 1108, 660)
    assert str(schools.company.as_of_on) == "2025-09-30"


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("started_code", "Project Phase Actual Start Date"),
        ("planned_finish_code", "Project Phase Planned End Date"),
        ("finished_code", "Project Phase Actual End Date"),
    ],
)
def test_codes_in_date_columns_are_kept(schools: LoadedCompany, code: str, source: str) -> None:
    kept = schools.con.execute(
        f"""
        select {code}, count(*) from lake.raw.raw_projects__milestones
        where {code} is not null group by all order by all
        """
    ).fetchall()
    in_file = schools.files.execute(
        f"""
        select "{source}", count(*) from capital_project_schedules
        where "{source}" not like '%/%' group by all order by all
        """
    ).fetchall()
    assert kept == in_file
    assert dict(kept)["PNS"] == 3201


def test_phases_that_share_a_key_are_told_apart_by_their_occurrence(schools: LoadedCompany) -> None:
    pairs = schools.raw(
        """
        select count(*) from (
            select m.project_id, m.name
            from lake.raw.raw_projects__milestones as m
            group by all having count(*) = 2
        )
        """
    )
    assert pairs == (5,)


def test_budgets_add_up_in_phases_and_in_projects(schools: LoadedCompany) -> None:
    in_file = schools.file(
        """
        select
            sum(try_cast("Project Budget Amount" as decimal(18, 2))),
            sum("Total Phase Actual Spending Amount"::decimal(18, 2))
        from capital_project_schedules
        """
    )
    phases = schools.raw(
        "select sum(budget_amount), sum(actual_amount) from lake.raw.raw_projects__milestones"
    )
    projects = schools.raw("select sum(budget_amount) from lake.raw.raw_projects__projects")
    assert phases == in_file
    assert projects[0] == in_file[0]


def test_projects_schools_and_buildings_are_those_of_the_file(schools: LoadedCompany) -> None:
    projects, customers, sites = schools.file(
        """
        select
            count(distinct ("Project Building Identifier", "Project Description", "DSF Number(s)")),
            count(distinct trim("Project School Name")), count(distinct trim("Project Building Identifier"))
        from capital_project_schedules
        """
    )
    counts = {name: load.inserted for name, load in schools.loads.items()}
    assert counts == {
        "ref__sites": sites,
        "crm__customers": customers,
        "projects__projects": projects,
        "projects__milestones": 7115,
    }
    assert (projects, customers) == (4551, 1547)
    orphans = schools.raw(
        """
        select count(*) from lake.raw.raw_projects__milestones as m
        anti join lake.raw.raw_projects__projects as p on m.project_id = p.project_id
        """
    )
    assert orphans == (0,)


def test_a_project_is_done_when_its_building_is(schools: LoadedCompany) -> None:
    statuses = dict(
        schools.con.execute(
            "select status_code, count(*) from lake.raw.raw_projects__projects group by all"
        ).fetchall()
    )
    completed = schools.file(
        """
        select count(*) from (
            select 1 from capital_project_schedules
            group by "Project Building Identifier", "Project Description", "DSF Number(s)"
            having count(*) = count(*) filter ("Project Status Name" = 'Complete')
            and count(*) > count(*) filter ("Project Phase Name" in ('Scope', 'Design'))
        )
        """
    )
    assert statuses["completed"] == completed[0]
    assert sum(statuses.values()) == 4551


def test_a_second_run_reads_nothing(schools: LoadedCompany) -> None:
    assert {load.status for load in schools.load_again().values()} == {"unchanged"}

"""Queries about alert items: what became of those that are closed, and what a customer's tier allows."""

import polars as pl

from cockpit.repositories.published import Reader


def outcomes(reader: Reader) -> pl.DataFrame:
    """One row an item that is closed, the newest first: what was done, and ratings before and after."""
    return reader.rows(
        """
        select item_id, rule_id, about_type_code, about_id,
            told_zh, told_en, state_code, opened_on, closed_on,
            closed_by, cause, action_taken, result, dismissal, close_hours, rating_before_mean,
            rating_after_mean, rating_after_count
        from marts.mart_action_item
        where not is_open
        order by closed_at desc nulls last, item_id
        """
    )


def league(reader: Reader) -> pl.DataFrame:
    """One row a rule with items: how often people found it right, and outcomes against like cases."""
    return reader.rows(
        """
        select rule_id, item_count, open_count, confirmed_count, dismissed_count, judged_count,
            precision_share, precision_low_share, precision_high_share, unit_code, taken_count, left_count,
            matched_count, control_count, before_mean, after_mean, effect_mean, effect_low, effect_high,
            days_saved_mean, is_causal
        from marts.mart_rule_league
        order by rule_id
        """
    )


def customer_outcomes(reader: Reader, customer_id: str) -> pl.DataFrame:
    """One row an item about a customer that is closed: its day, and ratings before and after it."""
    return reader.rows(
        """
        select item_id, closed_on, rating_before_mean, rating_after_mean, rating_after_count
        from marts.mart_action_item
        where not is_open and about_type_code = 'customer' and about_id = ?
        order by item_id
        """,
        customer_id,
    )


def health_score(reader: Reader, customer_id: str) -> float | None:
    """The health of a customer as this publication says it; None where it says none."""
    found = reader.rows(
        "select health_score from marts.mart_customer_health where customer_id = ?", customer_id
    )
    return found["health_score"][0] if found.height else None


def tiers(reader: Reader) -> pl.DataFrame:
    """The tier of each customer that has one."""
    return reader.rows(
        "select customer_id, tier_code from marts.mart_customer_portrait where tier_code is not null"
    )


def policies(reader: Reader) -> pl.DataFrame:
    """What may be given to a customer without asking, by tier, cause and term."""
    return reader.rows(
        """
        select tier_code, cause_code, valid_from_on, valid_to_on, max_amount, max_share, currency_code,
            approver_role_code
        from marts.dim_compensation_policy
        """
    )

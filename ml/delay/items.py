"""Milestones, purchase lines and orders as one thing: pieces of work with a promised date."""

import polars as pl

from ml.delay.config import ITEM_SCHEMA


def milestone_items(
    milestones: pl.DataFrame, projects: pl.DataFrame | None = None, lines: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Milestones as items (ITEM_SCHEMA), one row a milestone.

    milestones: rows of `fct_milestone`. projects: `dim_project`, for site and name. lines:
    `fct_purchase_line`; the supplier of a milestone is that of its largest line. Budgets are as of the
    extract, so no size is read. Columns that a frame lacks are NULL.
    """
    items = milestones.rename(
        {"milestone_id": "item_id", "project_id": "parent_id", "phase_code": "segment_code"}
    )
    if projects is not None:
        about = projects.select(parent_id="project_id", site_id="site_id", label="name")
        items = items.drop("site_id", "label", strict=False).join(about, on="parent_id", how="left")
    if lines is not None and lines.height:
        about = (
            lines.filter(pl.col("milestone_id").is_not_null(), pl.col("supplier_id").is_not_null())
            .sort("milestone_id", "line_amount", "purchase_line_id", descending=[False, True, False])
            .unique("milestone_id", keep="first", maintain_order=True)
            .select(item_id="milestone_id", supplier_id="supplier_id", supplier_known_on="ordered_on")
        )
        items = items.join(about, on="item_id", how="left")
    return as_items(items)


def purchase_items(
    lines: pl.DataFrame,
    projects: pl.DataFrame | None = None,
    products: pl.DataFrame | None = None,
    *,
    assumed_lead_days: int = 90,
) -> pl.DataFrame:
    """Purchase lines as items: promised against received in full, cancelled ones left out.

    lines: rows of `fct_purchase_line`. A line without an order date counts as known `assumed_lead_days`
    before its promise. A line that is received in part is open. The size is what was ordered, known from
    the order on.
    """
    promised = pl.col("promised_on")
    known_on = pl.coalesce("ordered_on", promised - pl.duration(days=assumed_lead_days))
    items = lines.filter(~pl.col("is_cancelled").fill_null(False)).select(
        item_id="purchase_line_id",
        parent_id="purchase_order_id",
        project_id="project_id",
        supplier_id="supplier_id",
        product_id="product_id",
        label="product_id",
        sequence_no=pl.col("quantity").cast(pl.Float64),
        size=pl.col("line_amount").cast(pl.Float64),
        milestone_id="milestone_id",
        started_on=pl.min_horizontal(known_on, promised),
        planned_finish_on=promised,
        finished_on=pl.when(pl.col("quantity_open") <= 0).then("last_received_on"),
    )
    if projects is not None:
        about = projects.select("project_id", "customer_id", "region_code", "site_id")
        items = items.join(about, on="project_id", how="left")
    if products is not None:
        about = products.select("product_id", segment_code="category_code", type_code="model_code")
        items = items.join(about, on="product_id", how="left")
    # A programme that buys is met again and again, as an owner of milestones is.
    return as_items(items.rename({"project_id": "owner_id"}))


def order_items(orders: pl.DataFrame) -> pl.DataFrame:
    """Customer orders as items: promised against delivered. orders: rows of `fct_order`."""
    return as_items(
        orders.filter(~pl.col("is_cancelled").fill_null(False)).select(
            item_id="order_id",
            parent_id="project_id",
            customer_id="customer_id",
            segment_code="channel_code",
            size=pl.col("total_amount").cast(pl.Float64),
            started_on="ordered_on",
            planned_finish_on="promised_on",
            finished_on="delivered_on",
        )
    )


def as_items(frame: pl.DataFrame) -> pl.DataFrame:
    """ITEM_SCHEMA, by item_id: columns that the frame lacks are NULL, cancelled and dateless rows left out.

    A finish without a day, as a state alone tells it, leaves the row out: it teaches nothing about delay.
    """
    items = frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in ITEM_SCHEMA.items()
    )
    is_told_finished = pl.col("state_code").eq_missing("finished") & pl.col("finished_on").is_null()
    return items.filter(
        pl.col("planned_finish_on").is_not_null(),
        pl.col("state_code").ne_missing("cancelled"),
        ~is_told_finished,
    ).sort("item_id")

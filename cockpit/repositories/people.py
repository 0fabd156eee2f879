"""The people of the company, from which the reader is chosen while there is no sign-in."""

import polars as pl

from cockpit.repositories.published import Reader


def people(reader: Reader) -> pl.DataFrame:
    """One row a person who works here: id, role, region, language; by role, region and id."""
    return reader.rows(
        """
        select person_id, role_code, region_code, language_code
        from marts.dim_person
        where is_active
        order by role_code, region_code nulls first, person_id
        """
    )


def search(reader: Reader, words: str, limit: int) -> pl.DataFrame:
    """Customers, projects, suppliers, products and orders whose name or id holds `words`, the best first.

    Columns kind_code, subject_id, name, note. Ids that are equal come first, then beginnings, then the rest.
    """
    return reader.rows(
        """
        with subjects as (
            select 'customer' as kind_code, customer_id as subject_id, name, city as note
            from marts.dim_customer
            union all
            select 'project', project_id, name, city from marts.dim_project
            union all
            select 'supplier', supplier_id, name, category_code from marts.dim_supplier
            union all
            select 'product', product_id, name, category_code from marts.dim_product
            union all
            select 'order', order_id, order_id, customer_id from marts.fct_order
        )
        select kind_code, subject_id, coalesce(name, subject_id) as name, note
        from subjects
        where contains(lower(subject_id), lower($1)) or contains(lower(coalesce(name, '')), lower($1))
        order by
            lower(subject_id) = lower($1) desc,
            starts_with(lower(coalesce(name, '')), lower($1)) desc,
            starts_with(lower(subject_id), lower($1)) desc,
            kind_code, name, subject_id
        limit $2
        """,
        words,
        limit,
    )
